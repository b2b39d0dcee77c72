"""Forms for many parts of a draft at once: a pasted list, and where competencies stand."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminAutoHeightTextInput

from ..choices import CompetencyKind
from ..models import CompetencyFramework
from ..services.arranging import Line, Place, read_lines


class PasteForm(forms.Form):
    """A list to add to a draft. When it is valid, ``read`` holds the lines."""

    section = forms.ChoiceField(required=False)
    new_title = forms.CharField(required=False, max_length=255)
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[("", "—"), *CompetencyKind.choices],
        help_text=_("The same for the whole list. Change single ones in the form afterwards."),
    )
    lines = forms.CharField(label=_("List"), widget=AdminAutoHeightTextInput(attrs={"rows": 10}))

    read: list[Line] = []

    def __init__(self, *args, item, sections, **kwargs):
        super().__init__(*args, **kwargs)
        self.item = item
        self.with_codes = isinstance(item, CompetencyFramework)
        section, new_title = self.fields["section"], self.fields["new_title"]
        if self.with_codes:
            section.label, new_title.label = _("Area"), _("Title of the new area")
            new = _("A new area")
            self.fields["lines"].help_text = _(
                "One competency a line, such as “A1 Title”. Cells of a spreadsheet work too: code, "
                "title, criterion. Or part them by “ | ”."
            )
        else:
            section.label, new_title.label = _("Group"), _("Title of the new group")
            new = _("A new group")
            del self.fields["kind"]
            self.fields["lines"].help_text = _(
                "One responsibility a line. Cells of a spreadsheet work too: responsibility, "
                "explanation. Or part them by “ | ”."
            )
        section.choices = [*((str(part.key), str(part)) for part, _items in sections), ("", new)]

    def clean_lines(self):
        """Understand the lines; what is wrong is told with the number of the line."""
        text = self.cleaned_data["lines"]
        self.read = read_lines(text, with_codes=self.with_codes)
        errors = [
            gettext("Line %(number)d: %(problem)s") % {"number": line.number, "problem": problem}
            for line in self.read
            for problem in line.errors
        ]
        if errors:
            raise ValidationError(errors)
        return text

    def clean(self):
        """Ask for a title where a new section is to be made."""
        data = super().clean()
        if "section" in data and not data["section"] and not data.get("new_title"):
            if "new_title" not in self.errors:
                self.add_error("new_title", gettext("Give the title of what is new."))
        return data


class PlaceForm(forms.Form):
    """Where one competency stands, and its code."""

    area = forms.ChoiceField(label=_("Area"))
    place = forms.IntegerField(label=_("Place"), min_value=1, max_value=999)
    code = forms.CharField(label=_("Code"), max_length=20, required=False)

    def __init__(self, *args, name, areas, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["area"].choices = areas
        for field in self.fields.values():
            # A table has the labels in its head; each field says what it is by itself.
            field.widget.attrs["aria-label"] = gettext("%(field)s of “%(title)s”") % {
                "field": field.label,
                "title": name,
            }
        self.fields["place"].widget.attrs["class"] = "mentorship-arrange__number"
        self.fields["code"].widget.attrs["class"] = "mentorship-arrange__code"

    @property
    def as_place(self) -> Place:
        """What was typed, once it is valid."""
        data = self.cleaned_data
        return Place(data["area"], data["place"], data["code"].strip())


class ArrangeForm:
    """One ``PlaceForm`` for each competency of a draft.

    With ``data``: what was typed; a competency that it does not name, for it came in another
    draft, stands as it is.
    """

    def __init__(self, sections, data=None, places: dict[str, Place] | None = None):
        areas = [(str(area.key), str(area)) for area, _items in sections]
        self.current: dict[str, Place] = {}
        self.groups = []
        for area, items in sections:
            rows = []
            for number, competency in enumerate(items, start=1):
                key = str(competency.key)
                now = Place(str(area.key), number, competency.code)
                self.current[key] = now
                shown = (places or {}).get(key, now)
                form = PlaceForm(
                    data if data is not None and f"{key}-area" in data else None,
                    prefix=key,
                    name=competency.title,
                    areas=areas,
                    initial={"area": shown.area, "place": shown.place, "code": shown.code},
                )
                rows.append({"competency": competency, "form": form})
            self.groups.append({"area": area, "rows": rows})

    @property
    def rows(self) -> list[dict]:
        """All competencies with their forms, in reading order."""
        return [row for group in self.groups for row in group["rows"]]

    def is_valid(self) -> bool:
        """Whether everything that was typed can be kept."""
        return all(row["form"].is_valid() for row in self.rows if row["form"].is_bound)

    @property
    def places(self) -> dict[str, Place]:
        """Where each competency goes, by key."""
        return {
            str(row["competency"].key): row["form"].as_place
            for row in self.rows
            if row["form"].is_bound
        }
