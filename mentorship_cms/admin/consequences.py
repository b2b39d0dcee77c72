"""What publishing a draft does, shown before it is done; and what depends on an item."""

from django.contrib import messages as plain_messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.panels import Panel

from ..forms.publication import PublicationForm
from ..models import RatingScale
from ..permissions import may_change, may_publish
from ..services import content_checks
from ..services.consequences import consequences_of, dependants_of, frameworks_of
from ..services.drafting import StaleDraftError
from ..services.publishing import check_publishable, content_of, day_of, publish_draft
from .items import ItemView, address


class ConfirmedPublication:
    """Mixin of Wagtail's form of an item: "Publish" saves the draft and shows what it does first.

    So does "Schedule to publish", which is the same button for a draft with a day in the future.
    The first publication goes straight through, for nothing depends on the item yet.
    """

    def publish_action(self):
        """Lead to the page that tells what publishing does; nothing is published yet."""
        if self.expects_json_response or self.object.first_published_at is None:
            return super().publish_action()
        return self.run_after_hook() or redirect(address("publish", self.object))


class PublishView(ItemView):
    """Shows what publishing the latest draft does, and publishes that very draft.

    A draft with a day in the future is published on that day, and until then nothing changes.
    """

    kinds = ("framework", "role", "scale")
    page_title = _("Publish")
    header_icon = "upload"
    template_name = "mentorship_cms/admin/publish.html"
    form = None

    def get(self, request, *args, **kwargs):
        self.check_right()
        return super().get(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        """Publish or schedule; or the page anew with what is in the way, and what was typed."""
        self.check_right()
        self.form = self.form_for(request.POST)
        if not self.form.is_valid():
            return self.refuse(_("Nothing is published yet: see what is missing."))
        for hook in hooks.get_hooks("before_publish"):
            if hasattr(response := hook(request, self.draft), "status_code"):
                return response
        typed = self.form.cleaned_data
        try:
            self.item = publish_draft(
                item=self.item,
                user=request.user,
                revision_id=typed["revision"],
                digest=typed["digest"],
                day=typed["day"],
                note=typed["note"],
                confirmed=typed.get("confirmed", False),
            )
        except ValidationError as error:
            return self.refuse(" ".join(error.messages), anew=isinstance(error, StaleDraftError))
        for hook in hooks.get_hooks("after_publish"):
            if hasattr(response := hook(request, self.item), "status_code"):
                return response
        self.say_published()
        return redirect(reverse(self.item.snippet_viewset.get_url_name("list")))

    def refuse(self, message, *, anew=False):
        """The page again, with what was typed; ``anew`` to name the draft that is shown now."""
        if anew or {"revision", "digest", "day"}.intersection(self.form.errors):
            self.form.show_anew(**self.seen)
        plain_messages.error(self.request, message)
        return self.render_to_response(self.get_context_data())

    def check_right(self):
        """Publishing is a right of its own, beside changing."""
        if not may_publish(self.request.user, self.item):
            raise PermissionDenied

    @cached_property
    def draft(self):
        """The latest draft."""
        return self.item.get_latest_revision_as_object()

    @cached_property
    def content(self):
        """What the draft says."""
        return content_of(self.draft)

    @property
    def seen(self) -> dict:
        """What names the draft that is shown."""
        return {
            "revision": self.draft.latest_revision_id,
            "digest": self.content.digest(),
            "day": self.day.isoformat() if self.day else "",
        }

    @cached_property
    def day(self):
        """When the draft is to be published; None for at once."""
        return day_of(self.draft)

    def form_for(self, data=None, **options):
        """The form behind the button.

        A scale is confirmed with the frameworks that use it, and nobody vouches today for what is
        published later.
        """
        return PublicationForm(
            data,
            may_confirm=self.day is None and not isinstance(self.item, RatingScale),
            **options,
        )

    @cached_property
    def obstacle(self) -> str:
        """Why this draft cannot be published now; nothing if it can."""
        lock = self.draft.get_lock()
        if lock is not None and lock.for_user(self.request.user):
            return lock.get_message(self.request.user) or gettext("This item is locked.")
        try:
            check_publishable(self.draft)
        except ValidationError as error:
            return " ".join(error.messages)
        return ""

    def get_context_data(self, **kwargs):
        """Add the consequences, the form and what stands in the way."""
        consequences = consequences_of(self.item, self.content)
        form = self.form or self.form_for(initial=self.seen | {"note": self._note()})
        return super().get_context_data(**kwargs) | {
            "draft": self.draft,
            "day": self.day,
            "consequences": consequences,
            "dependants": consequences.dependants,
            "difference": consequences.difference,
            "old_content": consequences.old_content,
            "content": consequences.content,
            "remarks": self._remarks(consequences.difference),
            "translations_url": address("translations", self.item) if consequences.behind else "",
            "obstacle": self.obstacle,
            # Offline, or with other settings: there is something to publish all the same.
            "has_nothing": not consequences and self.item.live,
            "form": form,
        }

    def _remarks(self, difference) -> list:
        """What the content checks say of the parts that this draft adds or changes."""
        touched = {change.new.key for change in difference.parts if change.new}
        problems = content_checks.check(self.content, self.item.locale.language_code)
        return [
            problem
            for problem in problems
            if (problem.part is self.content and difference.texts)
            or getattr(problem.part, "key", None) in touched
        ]

    def _note(self) -> str:
        """The note of the draft; that of the last publication says nothing of this one."""
        return self.draft.change_note if self.item.has_unpublished_changes else ""

    def say_published(self):
        """Say which version readers see now, or from when on they see it, with the way to it."""
        buttons = []
        if page := next(iter(self.item.pages()), None):
            buttons.append(messages.button(page.url, gettext("View the page")))
        if self.edit_url:
            buttons.append(messages.button(self.edit_url, gettext("Edit")))
        version = None if isinstance(self.item, RatingScale) else self.item.versions.first()
        if self.day:
            told = gettext("“%(item)s” will be published on %(date)s.") % {
                "item": self.item,
                "date": date_format(localtime(self.day), "DATETIME_FORMAT"),
            }
        elif version:
            told = gettext("Version %(number)s of “%(item)s” is published.") % {
                "number": version.number,
                "item": self.item,
            }
        else:
            told = gettext("“%(item)s” is published.") % {"item": self.item}
        messages.success(self.request, told, buttons=buttons)


class DependantsPanel(Panel):
    """In the form of an item: what depends on it, before anybody writes."""

    class BoundPanel(Panel.BoundPanel):
        """The panel in the form of one item."""

        template_name = "mentorship_cms/admin/dependants_panel.html"

        def is_shown(self):
            return super().is_shown() and bool(self.instance.pk)

        def get_context_data(self, parent_context=None):
            item, user = self.instance, self.request.user
            is_scale = isinstance(item, RatingScale)
            # Whoever approves a draft in a workflow sees there what that publishes.
            shows_draft = (
                item.first_published_at
                and item.has_unpublished_changes
                and may_change(user, item)
                and may_publish(user, item)
            )
            return super().get_context_data(parent_context) | {
                "draft_address": address("publish", item) if shows_draft else "",
                "dependants": dependants_of(self.instance),
                "pages": self.instance.pages(),
                "frameworks": frameworks_of(self.instance) if is_scale else (),
            }


urlpatterns = [
    path("<str:kind>/<int:pk>/publish/", PublishView.as_view(), name="publish"),
]
