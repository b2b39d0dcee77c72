"""What readers of a framework or role find unclear: a task list for those who keep its text."""

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.panels import Panel
from wagtail.admin.ui.tables import Column

from ..choices import FlagState
from ..forms.flags import AnswerForm
from ..services import flags
from ..services.drafting import SHAPES, sections_of
from .items import ItemView, address

#: How many questions stand open on one page, the oldest first.
MOST_FORMS = 50
#: How many questions the form of the item shows.
MOST_IN_PANEL = 10
PAGE_SIZE = 20


class QuestionsView(ItemView):
    """The questions of readers: first those that wait, each with a form; then the answered."""

    page_title = _("Questions of readers")
    header_icon = "help"
    template_name = "mentorship_cms/admin/flags.html"

    def get_context_data(self, **kwargs):
        """Add the open questions with their forms, and a page of the answered ones."""
        found = flags.flags_about(self.item).select_related("reporter")
        waiting = found.filter(state=FlagState.OPEN).order_by("created_at", "pk")
        answered = found.exclude(state=FlagState.OPEN).order_by("-answered_at", "-pk")
        listing = Paginator(answered, PAGE_SIZE).get_page(self.request.GET.get("p"))
        shown = list(waiting[:MOST_FORMS])
        questions = flags.questions_of([*shown, *listing.object_list])
        return super().get_context_data(**kwargs) | {
            "rows": [self.row(question) for question in questions[: len(shown)]],
            "waiting": waiting.count() if len(shown) == MOST_FORMS else len(shown),
            "answered": questions[len(shown) :],
            "listing": listing,
            "elided_page_range": listing.paginator.get_elided_page_range(listing.number),
            "language": self.item.locale.language_code,
        }

    @cached_property
    def places(self) -> dict[str, str]:
        """Where each part of the latest draft stands in the form of the item, by key."""
        sections = sections_of(self.item.get_latest_revision_as_object())
        shape = SHAPES[type(self.item)]
        return {
            str(
                part.key
            ): f"inline_child_{shape.sections}-{number}-{shape.items}-{place}-panel-section"
            for number, (_section, items) in enumerate(sections)
            for place, part in enumerate(items)
        }

    def row(self, question):
        """A question that waits, with its form and the address that the form is sent to."""
        place = self.places.get(str(question.flag.part_key))
        return {
            "part_url": f"{self.edit_url}#{place}" if self.edit_url and place else "",
            "question": question,
            "form": self.form_of(question.flag),
            "address": address("question", self.item, question.flag.public_id),
        }

    def form_of(self, flag):
        """The form for the answer to one question."""
        return AnswerForm(prefix=self.prefix_of(flag))

    def prefix_of(self, flag) -> str:
        """What tells the fields of one question from those of the others."""
        return f"answer-{flag.public_id}"


class QuestionView(QuestionsView):
    """Takes the answer to one question; its address leads to the question among the others."""

    form = None

    def dispatch(self, request, *args, flag, **kwargs):
        self.public_id = flag
        return super().dispatch(request, *args, flag=flag, **kwargs)

    def get(self, request, *args, **kwargs):
        """Lead to the question."""
        self.find()
        return redirect(f"{address('questions', self.item)}#question-{self.public_id}-section")

    def find(self):
        """The question, one about this very item; raises ``Http404``."""
        return get_object_or_404(flags.flags_about(self.item), public_id=self.public_id)

    def post(self, request, *args, **kwargs):
        """Answer; or the same page again with what is wrong, and everything that was typed."""
        flag = self.find()
        form = self.form = AnswerForm(request.POST, prefix=self.prefix_of(flag))
        typed = {name: request.POST.get(form.add_prefix(name), "") for name in form.fields}
        # Whatever is wrong with the answer, who was slower than another learns that first.
        if form.is_valid() or not flag.is_open:
            try:
                flags.answer(user=request.user, flag=flag, **typed)
            except flags.AlreadyAnsweredError as error:
                messages.warning(request, gettext("Somebody answered this in the meantime."))
                (met,) = flags.questions_of([error.flag])
                return self.render_to_response(self.get_context_data(met=met, typed=typed["text"]))
            except ValidationError as error:
                form.add_error(None, error)
            else:
                messages.success(request, gettext("The answer is kept."))
                return redirect(address("questions", self.item))
        messages.error(request, gettext("The answer is not saved yet: see what is missing."))
        return self.render_to_response(self.get_context_data())

    def form_of(self, flag):
        return self.form if flag.public_id == self.public_id else super().form_of(flag)


class QuestionsPanel(Panel):
    """In the form of the item: what readers find unclear and nobody has answered yet."""

    class BoundPanel(Panel.BoundPanel):
        """The panel in the form of one item."""

        template_name = "mentorship_cms/admin/flags_panel.html"

        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.waiting = None
            self.count = 0
            if self.instance.pk:
                self.waiting = flags.flags_about(self.instance).filter(state=FlagState.OPEN)
                self.count = self.waiting.count()
                self.heading = f"{self.heading} ({self.count})"

        def is_shown(self):
            return super().is_shown() and self.count > 0

        def get_context_data(self, parent_context=None):
            waiting = self.waiting.order_by("created_at", "pk")[:MOST_IN_PANEL]
            return super().get_context_data(parent_context) | {
                "questions": flags.questions_of(waiting),
                "more": max(0, self.count - MOST_IN_PANEL),
                "address": address("questions", self.instance),
                "language": self.instance.locale.language_code,
            }


class QuestionsColumn(Column):
    """How many questions wait, with the way to all of them."""

    cell_template_name = "mentorship_cms/admin/flags_cell.html"

    def get_cell_context_data(self, instance, parent_context):
        context = super().get_cell_context_data(instance, parent_context)
        return context | {"address": address("questions", instance)}


urlpatterns = [
    path("<str:kind>/<int:pk>/questions/", QuestionsView.as_view(), name="questions"),
    path("<str:kind>/<int:pk>/questions/<uuid:flag>/", QuestionView.as_view(), name="question"),
]
