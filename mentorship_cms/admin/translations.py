"""An item in all its languages side by side, and the way there from its form."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.admin.panels import Panel

from ..permissions import may_add, may_change
from ..services import translations
from ..services.drafting import is_locked
from ..services.translation_overview import Column, Overview, is_multilingual, overview
from .items import ItemView, address


def language_of(column: Column) -> str:
    """Name the language of a column, in the reader's language."""
    return column.locale.get_display_name()


def state_of(column: Column) -> str:
    """Say in a few words how a translation stands."""
    if column.item is None:
        return gettext("not started")
    if column.is_source:
        return gettext("source of the translations")
    counts = (
        (column.missing, ngettext("%(count)d missing", "%(count)d missing", column.missing)),
        (
            column.untranslated,
            ngettext("%(count)d to translate", "%(count)d to translate", column.untranslated),
        ),
        (
            column.extra,
            ngettext("%(count)d not in the source", "%(count)d not in the source", column.extra),
        ),
        (
            column.behind,
            ngettext("%(count)d part behind", "%(count)d parts behind", column.behind),
        ),
    )
    told = [text % {"count": count} for count, text in counts if count]
    return ", ".join(told if column.behind else [*told, gettext("nothing behind")])


class TranslationsView(ItemView):
    """One table: a row for each part, a column for each language.

    A POST says what it does by the name of its button, with the language or the translation as
    value: ``start``, ``mark``, ``unmark``, ``add`` or ``remove``. With ``?todo=1`` only the rows in
    which there is something to do.
    """

    kinds = ("framework", "role", "scale")
    #: The language to ask about: is it in line, with parts that are not translated yet?
    doubt = None

    template_name = "mentorship_cms/admin/translations.html"
    page_title = _("Translations")
    header_icon = "globe"

    @cached_property
    def overview(self) -> Overview:
        """The item in all its languages."""
        return overview(self.item)

    def post(self, request, *args, **kwargs):
        """Do what the button says; on a refusal show the same page with the reason."""
        try:
            message = self._act(request.POST)
        except translations.NotTranslatedError as error:
            messages.warning(request, " ".join(error.messages))
            column = self._column(request.POST["mark"])
            self.doubt = {
                "count": error.count,
                "language": language_of(column),
                "code": column.locale.language_code,
                "number": request.POST["number"],
            }
            return self.get(request, *args, **kwargs)
        except ValidationError as error:
            # Named after what could not be done; the page has nothing to type.
            messages.error(request, " ".join(error.messages))
            return self.get(request, *args, **kwargs)
        messages.success(request, message)
        return redirect(address("translations", self.item))

    def _act(self, data) -> str:
        user = self.request.user
        if "start" in data:
            column = self._column(data["start"])
            if column.item is not None or not self.may_add:
                raise ValidationError(gettext("This translation was already started."))
            translations.start_translation(user=user, item=self.item, locale=column.locale)
            return gettext(
                "The %(language)s translation was started as a draft, with the words of the source."
            ) % {"language": language_of(column)}
        if "mark" in data:
            column = self._column(data["mark"], started=True)
            number = data.get("number", "")
            if not number.isdecimal():
                raise ValidationError(gettext("There is no such version."))
            translations.mark_in_line(
                user=user,
                translation=column.item,
                number=int(number),
                knowingly="knowingly" in data,
            )
            if self.overview.has_numbers:
                told = gettext("%(language)s is in line with version %(number)s.")
            else:
                told = gettext("%(language)s is in line with the source.")
            return told % {"language": language_of(column), "number": number}
        if "add" in data:
            column = self._column(data["add"], started=True)
            added = translations.add_missing_parts(user=user, translation=column.item)
            return ngettext(
                "%(count)d part was added to the %(language)s draft, to be translated there.",
                "%(count)d parts were added to the %(language)s draft, to be translated there.",
                added,
            ) % {"count": added, "language": language_of(column)}
        if "unmark" in data:
            column = self._column(data["unmark"], started=True)
            translations.take_mark_back(translation=column.item)
            return gettext("Nobody says any more that %(language)s is in line.") % {
                "language": language_of(column)
            }
        if "remove" in data:
            column = self._column(data["remove"], started=True)
            removed = translations.remove_gone_parts(user=user, translation=column.item)
            return ngettext(
                "%(count)d part was removed from the %(language)s draft. Nothing is published, "
                "and ratings keep their words.",
                "%(count)d parts were removed from the %(language)s draft. Nothing is published, "
                "and ratings keep their words.",
                removed,
            ) % {"count": removed, "language": language_of(column)}
        raise ValidationError(gettext("Choose one of the buttons of a language."))

    def _column(self, code: str, started=False) -> Column:
        """The language of a button; refuses one that is not there, or not for this person."""
        for column in self.overview.columns:
            if column.locale.language_code == code:
                if started and (
                    column.item is None or not may_change(self.request.user, column.item)
                ):
                    break
                return column
        raise ValidationError(gettext("There is no such translation."))

    @cached_property
    def may_add(self) -> bool:
        """Whether the person may make items of this sort."""
        return may_add(self.request.user, type(self.item))

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs) | {"is_multilingual": is_multilingual()}
        if not context["is_multilingual"]:
            return context
        user, finder = self.request.user, AdminURLFinder(self.request.user)
        heads = [
            {
                "column": column,
                "language": language_of(column),
                "state": state_of(column),
                "edit_url": column.item and finder.get_edit_url(column.item),
                "may_change": column.item is not None and may_change(user, column.item),
                "is_locked": column.item is not None and is_locked(column.item, user),
            }
            for column in self.overview.columns
        ]
        only_to_do = "todo" in self.request.GET
        return context | {
            "overview": self.overview,
            "rows": self.overview.to_do if only_to_do else self.overview.rows,
            "only_to_do": only_to_do,
            "to_do": sum(row.needs_work for row in self.overview.rows),
            "heads": heads,
            "may_add": self.may_add,
            "doubt": self.doubt,
            "numbers": range(self.overview.latest or 0, 0, -1),
        }


class TranslationsPanel(Panel):
    """How the translations of an item stand, a line each, with the way to see them side by side."""

    class BoundPanel(Panel.BoundPanel):
        """The panel in the form of one item."""

        template_name = "mentorship_cms/admin/translations_panel.html"

        def is_shown(self):
            return bool(super().is_shown() and self.instance.pk and is_multilingual())

        def get_context_data(self, parent_context=None):
            lines = [
                {"language": language_of(column), "state": state_of(column)}
                for column in overview(self.instance).columns
            ]
            return super().get_context_data(parent_context) | {
                "lines": lines,
                "address": address("translations", self.instance),
            }


urlpatterns = [
    path("<str:kind>/<int:pk>/translations/", TranslationsView.as_view(), name="translations")
]
