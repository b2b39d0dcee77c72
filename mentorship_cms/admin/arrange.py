"""Work on many parts of a draft at once, and the way there from the form of an item."""

from django.contrib import messages as plain_messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.widgets.button import Button
from wagtail.snippets.views.snippets import EditView

from ..forms.arrange import ArrangeForm, PasteForm
from ..models import CompetencyFramework, RatingScale
from ..services import arranging
from ..services.content_checks import DOUBLE_CODE, check
from ..services.drafting import is_locked, sections_of
from ..services.translation_overview import is_multilingual
from .items import ItemView, address


class EditorialEditView(EditView):
    """Adds to the form of an item the way to the plugin's own pages about it."""

    def get_initial(self):
        """An old draft comes without its note, which told of another change."""
        initial = super().get_initial()
        return initial | {"change_note": ""} if self.view_name == "revisions_revert" else initial

    @cached_property
    def header_more_buttons(self):
        """Wagtail's own, then ours."""
        return [*super().header_more_buttons, *item_buttons(self.object)]


def item_buttons(item) -> list[Button]:
    """What an editor can do with many parts of ``item`` at once, or with all its languages."""
    buttons = []
    if not isinstance(item, RatingScale):
        buttons.append(
            Button(
                gettext("Paste a list"),
                url=address("paste", item),
                icon_name="list-ul",
                priority=60,
            )
        )
    if isinstance(item, CompetencyFramework):
        buttons.append(
            Button(
                gettext("Move and re-code"),
                url=address("arrange", item),
                icon_name="order",
                priority=61,
            )
        )
    if is_multilingual():
        buttons.append(
            Button(
                gettext("Translations"),
                url=address("translations", item),
                icon_name="globe",
                priority=62,
            )
        )
    return buttons


class DraftView(ItemView):
    """A page that changes the latest draft of an item, with the refusals of its form."""

    @cached_property
    def draft(self):
        """The latest draft."""
        return self.item.get_latest_revision_as_object()

    @cached_property
    def sections(self) -> list[tuple]:
        """Its sections with their items."""
        return sections_of(self.draft)

    @cached_property
    def is_locked(self) -> bool:
        """Whether a lock, a workflow or a schedule keeps this person from changing it."""
        return is_locked(self.draft, self.request.user)

    @property
    def seen_revision(self) -> int:
        """The draft that the form was made from, as the form says; 0 for none."""
        value = self.request.POST.get("revision", "")
        return int(value) if value.isdecimal() else -1

    def get(self, request, *args, **kwargs):
        """Say that the item is locked, as its form does."""
        lock = self.draft.get_lock()
        if lock is not None and self.is_locked and (message := lock.get_message(request.user)):
            messages.warning(request, message, extra_tags="lock")
        return super().get(request, *args, **kwargs)

    def refuse(self, error: ValidationError) -> None:
        """Say what could not be done, and read the draft anew."""
        plain_messages.error(self.request, " ".join(error.messages))
        for name in ("draft", "sections", "is_locked"):
            vars(self).pop(name, None)
        self.item.refresh_from_db()

    def done(self, message: str) -> None:
        """Say what was done, with the way to the form."""
        buttons = [messages.button(self.edit_url, gettext("Edit"))] if self.edit_url else None
        messages.success(self.request, message, buttons=buttons)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | {
            "is_locked": self.is_locked,
            "revision": self.draft.latest_revision_id or 0,
        }


class PasteView(DraftView):
    """Paste a list, look at what it becomes, add it to the draft."""

    template_name = "mentorship_cms/admin/paste.html"
    page_title = _("Paste a list")
    header_icon = "list-ul"

    def form(self, *args, **kwargs) -> PasteForm:
        """The list as it was typed, or an empty form."""
        return PasteForm(*args, item=self.item, sections=self.sections, **kwargs)

    def get(self, request, *args, **kwargs):
        self.shown = {"form": self.form(initial=self._first_section())}
        return super().get(request, *args, **kwargs)

    def _first_section(self) -> dict:
        return {"section": str(self.sections[0][0].key)} if self.sections else {}

    def post(self, request, *args, **kwargs):
        """Show what the list becomes; with ``confirm``, add it; with ``change``, ask again."""
        if "change" in request.POST:
            self.shown = {"form": self.form(initial=request.POST.dict())}
            return self.answer()
        form = self.form(request.POST)
        if form.is_valid():
            if "confirm" in request.POST:
                try:
                    count = arranging.add_lines(
                        user=request.user,
                        item=self.item,
                        seen_revision=self.seen_revision,
                        **self._arguments(form),
                    )
                except ValidationError as error:
                    self.refuse(error)
                    form = self.form(request.POST)
                else:
                    self.done(self._added(count))
                    return redirect(address("paste", self.item))
            if form.is_valid():
                self.shown = {"form": form, "preview": self._preview(form)}
                return self.answer()
        self.shown = {"form": form}
        return self.answer()

    def answer(self):
        """The page again, with what is wrong, or with what the list becomes."""
        return self.render_to_response(self.get_context_data())

    @staticmethod
    def _arguments(form) -> dict:
        data = form.cleaned_data
        return {
            "lines": form.read,
            "section": data["section"],
            "new_title": data["new_title"],
            "kind": data.get("kind", ""),
        }

    def _preview(self, form) -> dict:
        """What would be made, line by line, with what to look at again."""
        draft = self.draft
        revision = draft.latest_revision_id or 0
        content, keys = arranging.added_content(draft, **self._arguments(form))
        problems: dict[str, list[str]] = {}
        for problem in arranging.problems_of(content, self.item.locale.language_code, keys):
            problems.setdefault(problem.part.key, []).append(problem.message)
        parts = [part for part, _parent in content.walk() if part.key in keys]
        return {
            "rows": [
                {"part": part, "line": line, "problems": problems.get(part.key, [])}
                for part, line in zip(parts, form.read, strict=True)
            ],
            "section": dict(form.fields["section"].choices).get(form.cleaned_data["section"])
            if form.cleaned_data["section"]
            else form.cleaned_data["new_title"],
            "warnings": sum(map(len, problems.values())),
            "revision": revision,
        }

    def _added(self, count: int) -> str:
        if isinstance(self.item, CompetencyFramework):
            message = ngettext(
                "%(count)d competency was added to the draft. Nothing is published yet.",
                "%(count)d competencies were added to the draft. Nothing is published yet.",
                count,
            )
        else:
            message = ngettext(
                "%(count)d responsibility was added to the draft. Nothing is published yet.",
                "%(count)d responsibilities were added to the draft. Nothing is published yet.",
                count,
            )
        return message % {"count": count}

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs) | self.shown


class ArrangeView(DraftView):
    """All competencies of a framework in one table: area, place and code."""

    kinds = ("framework",)
    template_name = "mentorship_cms/admin/arrange.html"
    page_title = _("Move and re-code")
    header_icon = "order"

    def get(self, request, *args, **kwargs):
        self.form = ArrangeForm(self.sections)
        return super().get(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        """Save to the draft; with ``renumber`` only fill the codes in."""
        self.form = ArrangeForm(self.sections, request.POST)
        if not self.form.is_valid():
            plain_messages.error(request, gettext("Nothing was saved. See the fields in red."))
        elif "renumber" in request.POST:
            prefixes = arranging.prefixes_of([area for area, _items in self.sections])
            places = arranging.renumbered(
                self.form.current | self.form.places, self.form.current, prefixes
            )
            self.form = ArrangeForm(self.sections, places=places)
            plain_messages.info(
                request, gettext("The codes were filled in. Nothing is saved until you save.")
            )
        else:
            return self.save()
        return self.render_to_response(self.get_context_data())

    def save(self):
        """Keep the draft as it was arranged; or the page again, with what is wrong."""
        try:
            changed = arranging.arrange(
                user=self.request.user,
                item=self.item,
                seen_revision=self.seen_revision,
                places=self.form.places,
            )
        except ValidationError as error:
            self.refuse(error)
            self.form = ArrangeForm(self.sections, self.request.POST)
            return self.render_to_response(self.get_context_data())
        if changed:
            self.done(gettext("The order and the codes were saved in the draft."))
        else:
            plain_messages.info(self.request, gettext("Nothing changed, so nothing was saved."))
        return redirect(address("arrange", self.item))

    def get_context_data(self, **kwargs):
        problems = [
            problem
            for problem in check(self.draft.content(), self.item.locale.language_code)
            if problem.code == DOUBLE_CODE
        ]
        return super().get_context_data(**kwargs) | {"form": self.form, "problems": problems}


urlpatterns = [
    path("<str:kind>/<int:pk>/paste/", PasteView.as_view(), name="paste"),
    path("<str:kind>/<int:pk>/arrange/", ArrangeView.as_view(), name="arrange"),
]
