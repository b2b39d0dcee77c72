"""Readers say what is not clear to them, and read what they heard back."""

from functools import partial
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language

from ..forms.flags import UnclearForm
from ..permissions import NotVisible, may_ask_about
from ..services import flags
from ..services.errors import StaleError
from . import kept
from .base import WorkspaceView, messages_of

PAGE_SIZE = 20


def opens(request, page) -> bool:
    """Whether a page that is live can be reached, and no privacy rule keeps the person out."""
    return page.get_url(request) is not None and all(
        restriction.accept_request(request) for restriction in page.get_view_restrictions()
    )


class UnclearView(WorkspaceView):
    """The form on one competency or responsibility of a published version."""

    def enter(self, kind, version, key):
        if kind not in flags.VERSIONS:
            raise NotVisible
        model = flags.VERSIONS[kind]
        self.version = model.objects.select_related(model.subject_field).filter(pk=version).first()
        if self.version is None:
            raise NotVisible
        self.subject = self.version.subject
        self.part = flags.parts_of(self.version.content).get(str(key))
        if self.part is None:
            raise NotVisible
        if not may_ask_about(self.request.user, self.subject, partial(opens, self.request)):
            raise NotVisible

    def get(self, request, **kwargs):
        flag = flags.open_flag(request.user, self.subject, self.part.key)
        changes = flag.public_id if flag else ""
        if typed := kept.kept_fields(request):
            changes = typed.get("changes", [""])[-1]
            next_address = typed.get("next", [""])[-1]
            return self.show(UnclearForm.typed(typed), changes, next_address, was_kept=True)
        form = UnclearForm(initial={"sentence": flag.sentence if flag else ""})
        return self.show(form, changes, request.GET.get("next", ""), flag=flag)

    def show(self, form, changes, next_address, **context):
        """The page with its form; ``changes`` is the question that is worded again."""
        language = self.version.language
        next_address = self.safe(next_address)
        return self.render(
            "unclear",
            form=form,
            error_list=form.error_list(),
            writer_token=kept.writer_token(self.request.user),
            version=self.version,
            part=self.part,
            words_language="" if language == get_language() else language,
            changes=changes,
            next_address=next_address,
            back_address=next_address or self.page_address(),
            **context,
        )

    def post(self, request, **kwargs):
        form = UnclearForm(request.POST)
        changes, next_address = request.POST.get("changes", ""), request.POST.get("next", "")
        if not form.is_valid():
            return self.show(form, changes, next_address)
        try:
            flags.ask(
                user=request.user,
                version=self.version,
                part_key=self.part.key,
                sentence=form.cleaned_data["sentence"],
                changes=changes or None,
            )
        except ValidationError as error:
            form.add_messages(messages_of(error))
            if flags.open_flag(request.user, self.subject, self.part.key) is None:
                # What was answered is asked anew the next time.
                changes = ""
            return self.show(form, changes, next_address)
        except StaleError as error:
            form.add_error(None, error.message)
            flag = flags.open_flag(request.user, self.subject, self.part.key)
            # What was answered in that very moment is asked anew the next time.
            changes = flag.public_id if flag else ""
            return self.show(form, changes, next_address, stored=error.stored["sentence"])
        kept.forget(request)
        address = self.safe(next_address) or self.page_address()
        return redirect(told(address, self.part.anchor))

    def safe(self, address: str) -> str:
        """The address where it stays on this site, else nothing."""
        allowed = url_has_allowed_host_and_scheme(
            address, {self.request.get_host()}, require_https=self.request.is_secure()
        )
        return address if allowed else ""

    def page_address(self) -> str:
        """Where the person reads the part; where they cannot, their own questions."""
        if self.subject.live:
            for page in self.subject.pages():
                if opens(self.request, page):
                    return f"{page.get_url(self.request)}#{self.part.anchor}"
        return reverse("mentorship_cms:questions")


def told(address: str, anchor: str) -> str:
    """``address`` with the part that was asked about, for the page to say so."""
    parts = urlsplit(address)
    query = "&".join(filter(None, [parts.query, urlencode({"asked": anchor})]))
    return urlunsplit(parts._replace(query=query))


class QuestionsView(WorkspaceView):
    """The person's own questions, with the answers. Reading an answer marks it as read."""

    def get(self, request):
        found = flags.questions_by(request.user)
        page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
        questions = flags.questions_of(page.object_list, with_pages=True)
        response = self.render("unclear_questions", listing=page, questions=questions)
        # A look at the headers, or a page fetched ahead, is no reading.
        if request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
            flags.mark_read(user=request.user, flags=page.object_list)
        return response
