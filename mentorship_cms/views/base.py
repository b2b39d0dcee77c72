"""What every page of the workspace does: sign in, 404 for strangers, never cached."""

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import Http404, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import get_callable, reverse
from django.utils.translation import get_language
from django.views import View

from .. import conf
from ..permissions import Access, EvaluationAccess, NotVisible, evaluation_for, mentorship_for
from . import kept
from .reports import hide_words

#: What a browser, a proxy and a search engine are told of every answer of the workspace.
HEADERS = {
    "Cache-Control": "no-store, private",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


class ForgeryCheck(CsrfViewMiddleware):
    """Django's own check against forged forms, which says why a form fails it."""

    def _reject(self, request, reason):
        return reason

    def reason_against(self, request) -> str | None:
        """Why a request may be forged; None for what is in order, or changes nothing."""
        self.process_request(request)
        return self.process_view(request, None, (), {})


class WorkspaceView(View):
    """A page for people who are signed in. Who may not see it gets 404, by any method.

    A subclass says in :meth:`enter` what the address is about, and raises ``NotVisible``.
    """

    @classmethod
    def as_view(cls, **initkwargs):
        """The view; the check against forged forms is in :meth:`dispatch`, not before it.

        Signing in again in another window makes every open form look forged. Django's own check
        would answer before anything typed could be kept.
        """
        view = super().as_view(**initkwargs)
        view.csrf_exempt = True
        return view

    def dispatch(self, request, *args, **kwargs):
        hide_words(request)
        forged = ForgeryCheck(self.dispatch).reason_against(request)
        if not request.user.is_authenticated:
            kept.keep(request)
            response = redirect_to_login(request.get_full_path())
        elif forged:
            response = self.refuse_forged(forged)
        else:
            try:
                self.enter(**kwargs)
                response = super().dispatch(request, *args, **kwargs)
            except NotVisible:
                raise Http404 from None
        if isinstance(response, TemplateResponse):
            response = response.render()
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    def refuse_forged(self, reason: str) -> HttpResponse:
        """Do nothing of what was sent; what its writer typed comes back on the page."""
        if kept.keep(self.request):
            return redirect(self.request.get_full_path())
        return get_callable(settings.CSRF_FAILURE_VIEW)(self.request, reason=reason)

    def options(self, request, *args, **kwargs):
        """Say which methods there are, to those who may see the page."""
        return super().options(request, *args, **kwargs)

    def enter(self, **kwargs) -> None:
        """Find what the address is about; raise ``NotVisible``."""

    def get_context(self) -> dict:
        """What every template of the workspace needs."""
        return {
            "mentorship_base_template": conf.get("BASE_TEMPLATE"),
            "page_language": get_language(),
            "writing_as": self.request.user,
            "done": self.request.GET.get("done", ""),
            "displaced": kept.displaced_words(self.request),
        }

    def render(self, template: str, **context) -> HttpResponse:
        """Answer with ``mentorship_cms/workspace/<template>.html``."""
        return TemplateResponse(
            self.request,
            f"mentorship_cms/workspace/{template}.html",
            self.get_context() | context,
        )

    def go(self, name: str, *args, done: str = "", fragment: str = "") -> HttpResponse:
        """Send the browser to a page of the workspace; ``done`` names what happened."""
        if self.request.method == "GET":
            kept.displace(self.request)
        address = reverse(f"mentorship_cms:{name}", args=args)
        if done:
            address += f"?done={done}"
        return redirect(address + (f"#{fragment}" if fragment else ""))


class MentorshipBaseView(WorkspaceView):
    """A page about one mentorship. ``access`` is what the person is to it."""

    access: Access

    def enter(self, mentorship_id, **kwargs):
        self.access = mentorship_for(self.request.user, mentorship_id)
        self.mentorship = self.access.mentorship
        if not self.is_allowed():
            raise NotVisible

    def is_allowed(self) -> bool:
        """Whether the page is for the person, who may know of the mentorship."""
        return True

    def get_context(self):
        return super().get_context() | {"access": self.access, "mentorship": self.mentorship}


class EvaluationBaseView(WorkspaceView):
    """A page about one evaluation. ``access`` is what the person may do with it."""

    access: EvaluationAccess

    def enter(self, evaluation_id, **kwargs):
        self.access = evaluation_for(self.request.user, evaluation_id)
        self.evaluation = self.access.evaluation
        self.mentorship = self.access.access.mentorship
        if not self.is_allowed():
            raise NotVisible

    def is_allowed(self) -> bool:
        """Whether the page is for the person, who may know of the evaluation."""
        return True

    def get_context(self):
        return super().get_context() | {
            "access": self.access,
            "evaluation": self.evaluation,
            "mentorship": self.mentorship,
        }


def messages_of(error: ValidationError) -> dict[str, list[str]]:
    """The messages of an error by the name of the field; those of no field under ``""``."""
    if hasattr(error, "error_dict"):
        return {
            "" if name == NON_FIELD_ERRORS else name: list(messages)
            for name, messages in error.message_dict.items()
        }
    return {"": error.messages}
