"""Pages about a mentorship: who takes part, its evaluations, the deputy's days; coordinators."""

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.utils.formats import localize

from ..choices import EvaluationState, OpenedPart, Role
from ..forms.mentorships import (
    AddForm,
    EndForm,
    FrameForm,
    PeopleForm,
    SearchForm,
    StartForm,
    WindowForm,
)
from ..permissions import NotVisible, is_coordinator, today
from ..services import evaluations, mentorships, overview
from ..services.errors import StaleError
from ..services.mentorships import record_opening
from . import kept
from .base import MentorshipBaseView, WorkspaceView, messages_of

PAGE_SIZE = 50


class MentorshipMixin:
    """A page about one mentorship, which is known by the mentee's name."""

    def get_context(self):
        return super().get_context() | {"mentee": self.access.person(Role.MENTEE)}


class FormMixin:
    """A page with one form, which gives back what was typed until it is saved.

    A subclass names its ``template``, makes the form and calls the service. ``revision`` counts
    the saves of what the form is about, where two people could save it at once.
    """

    template: str
    form_class: type

    def form_arguments(self) -> dict:
        """What the form needs besides its data."""
        return {}

    def revision(self) -> int | None:
        """The count of saves as it is now; None where there is nothing to cross."""
        return None

    def save(self, form, revision):
        """Call the service, and answer with where to go."""
        raise NotImplementedError

    def show(self, form, **context):
        """The page with its form."""
        context.setdefault("revision", self.revision())
        return self.render(
            self.template,
            form=form,
            error_list=form.error_list(),
            writer_token=kept.writer_token(self.request.user),
            **context,
        )

    def get(self, request, **kwargs):
        if typed := kept.kept_fields(request):
            form = self.form_class.typed(typed, **self.form_arguments())
            return self.show(form, was_kept=True, revision=_number(typed.get("revision", [""])[-1]))
        return self.show(self.form_class(**self.form_arguments()))

    def post(self, request, **kwargs):
        form = self.form_class(request.POST, **self.form_arguments())
        revision = _number(request.POST.get("revision", ""))
        if not form.is_valid():
            return self.show(form, revision=revision)
        try:
            response = self.save(form, revision)
        except ValidationError as error:
            form.add_messages(messages_of(error))
            return self.show(form, revision=revision)
        except StaleError as error:
            form.add_error(None, error.message)
            return self.show(form, stored=self.stored(form, error))
        kept.forget(request)
        return response

    def stored(self, form, error) -> list[tuple[str, str]]:
        """What is in the database now, with the label of each field."""
        return []


def _number(text) -> int:
    """The number that a form sends; -1, which no save ever had, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1


# -- For coordinators


class CoordinatorMixin:
    """A page that only coordinators know of."""

    def enter(self, **kwargs):
        if not is_coordinator(self.request.user):
            raise NotVisible
        super().enter(**kwargs)

    def is_allowed(self):
        """Whoever coordinates may: asked before."""
        return True


class ListView(CoordinatorMixin, WorkspaceView):
    """All mentorships, with states and dates and nothing that was written."""

    def get(self, request):
        form = SearchForm(request.GET)
        wanted = form.cleaned_data if form.is_valid() else {"q": "", "state": ""}
        found = overview.find_mentorships(text=wanted["q"], state=wanted["state"])
        page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
        return self.render(
            "mentorships",
            form=form,
            error_list=form.error_list(),
            wanted=wanted,
            listing=page,
            rows=overview.mentorship_rows(page.object_list),
        )


class AddView(CoordinatorMixin, FormMixin, WorkspaceView):
    """A new mentorship with its people."""

    template = "mentorship_form"
    form_class = AddForm

    def save(self, form, revision):
        mentorship = mentorships.create_mentorship(
            user=self.request.user, people=form.people(), **form.frame()
        )
        return self.go("mentorship", mentorship.public_id, done="created")


class FrameView(CoordinatorMixin, FormMixin, MentorshipMixin, MentorshipBaseView):
    """What a mentorship is about, and when."""

    template = "mentorship_form"
    form_class = FrameForm

    def form_arguments(self):
        return {
            "current": self.mentorship.framework,
            "initial": {name: getattr(self.mentorship, name) for name in mentorships.FRAME_FIELDS},
        }

    def revision(self):
        return mentorships.revision_of(self.mentorship)

    def save(self, form, revision):
        mentorships.describe_mentorship(
            user=self.request.user,
            public_id=self.mentorship.public_id,
            revision=revision,
            **form.frame(),
        )
        return self.go("mentorship", self.mentorship.public_id, done="described")

    def stored(self, form, error):
        self.mentorship.refresh_from_db()
        return [
            (form[name].label, self._words(name))
            for name in mentorships.FRAME_FIELDS
            if name in error.stored
        ]

    def _words(self, name):
        display = getattr(self.mentorship, f"get_{name}_display", None)
        return display() if display else localize(getattr(self.mentorship, name))


class PeopleView(CoordinatorMixin, FormMixin, MentorshipMixin, MentorshipBaseView):
    """Who takes part from now on."""

    template = "mentorship_people"
    form_class = PeopleForm

    def get_context(self):
        return super().get_context() | {
            "participants": overview.participants(self.access),
            "has_deputy": self.access.person(Role.DEPUTY_MENTOR) is not None,
        }

    def revision(self):
        return mentorships.people_revision_of(self.mentorship)

    def save(self, form, revision):
        mentorships.change_people(
            user=self.request.user,
            public_id=self.mentorship.public_id,
            people=form.people(),
            reason=form.cleaned_data["reason"],
            revision=revision,
        )
        return self.go("mentorship", self.mentorship.public_id, done="people")


class EndView(CoordinatorMixin, FormMixin, MentorshipMixin, MentorshipBaseView):
    """The end of a mentorship."""

    template = "mentorship_end"
    form_class = EndForm

    def save(self, form, revision):
        mentorships.end_mentorship(
            user=self.request.user,
            public_id=self.mentorship.public_id,
            reason=form.cleaned_data["reason"],
        )
        return self.go("mentorship", self.mentorship.public_id, done="ended")


# -- For everybody who takes part


class MentorshipView(MentorshipMixin, MentorshipBaseView):
    """Who takes part, what it is about, and the evaluations of which the person may know."""

    def get(self, request, **kwargs):
        rows = overview.evaluation_rows(self.access)
        openings = overview.openings_for(self.access, rows)
        points = overview.open_points_for(self.access)
        if points:
            record_opening(self.access, part=OpenedPart.AGREED)
        return self.render(
            "mentorship",
            participants=overview.participants(self.access),
            framework_page=next(iter(self.mentorship.framework.pages()), None),
            rows=rows,
            points=points,
            openings=openings.newest,
            older_openings=openings.older,
            more_openings=openings.more,
            today=today(),
        )


class WindowsView(FormMixin, MentorshipMixin, MentorshipBaseView):
    """On which days the deputy takes over."""

    template = "mentorship_windows"
    form_class = WindowForm

    def is_allowed(self):
        return self.access.may_manage_windows

    def get_context(self):
        return super().get_context() | {
            "windows": self.mentorship.deputy_windows.select_related("person"),
            "deputy": self.access.person(Role.DEPUTY_MENTOR),
            "today": today(),
        }

    def save(self, form, revision):
        mentorships.open_window(
            user=self.request.user, public_id=self.mentorship.public_id, **form.cleaned_data
        )
        return self.go("mentorship_windows", self.mentorship.public_id, done="window_opened")


class CloseWindowView(MentorshipBaseView):
    """Take the work back from the deputy."""

    def is_allowed(self):
        return self.access.may_manage_windows

    def post(self, request, mentorship_id, window_id):
        mentorships.close_window(
            user=request.user, public_id=self.mentorship.public_id, window_id=window_id
        )
        return self.go("mentorship_windows", self.mentorship.public_id, done="window_closed")


class StartEvaluationView(FormMixin, MentorshipMixin, MentorshipBaseView):
    """Start an evaluation."""

    template = "evaluation_add"
    form_class = StartForm

    def is_allowed(self):
        return self.access.acts_as_mentor

    def form_arguments(self):
        states = {row.evaluation.state for row in self.rows}
        return {"first": not states - {EvaluationState.DISCARDED}}

    def enter(self, **kwargs):
        super().enter(**kwargs)
        self.rows = overview.evaluation_rows(self.access)

    def get_context(self):
        framework = self.mentorship.framework
        return super().get_context() | {
            "running": [row.evaluation for row in self.rows if row.evaluation.is_open],
            "version": framework.versions.listed().first(),
            "framework_page": next(iter(framework.pages()), None),
        }

    def save(self, form, revision):
        evaluation = evaluations.start_evaluation(
            user=self.request.user,
            mentorship_id=self.mentorship.public_id,
            kind=form.cleaned_data["kind"],
            talk_on=form.cleaned_data["talk_on"],
        )
        return self.go("evaluation", evaluation.public_id, done="started")
