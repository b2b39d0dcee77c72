"""Forms of the talk: conclusion, needs, action points, and what became of the earlier ones."""

from dataclasses import replace

from django import forms
from django.utils.translation import gettext_lazy as _

from ..choices import Outcome
from ..models import ActionPoint
from ..services.evaluations import Point
from ..services.marks import mark, settle
from .base import DayField, SharedForm, TextField, WorkspaceForm

#: Most action points that one page takes.
MOST_POINTS = 50
#: Empty action points that a page offers beside those that are written.
EMPTY_POINTS = 3


class KeysField(forms.MultipleChoiceField):
    """Keys of competencies; whether they belong to the framework is for the service to say."""

    def valid_value(self, value):
        """Any key will do here."""
        return True


class TalkForm(SharedForm):
    """What mentor and mentee conclude together."""

    conclusion = TextField(
        label=_("Conclusion"),
        help_text=_("What was acquired by now: knowledge, know-how, attitude."),
        rows=6,
        strip=False,
    )
    needs = TextField(
        label=_("What the mentee needs"),
        help_text=_("Practice, explanation, time, somebody to ask …"),
        rows=4,
        strip=False,
    )

    def keep_at(self, address: str) -> None:
        """Let the texts be sent to ``address`` while they are typed."""
        for name in self.shared:
            self.fields[name].widget.attrs |= {
                "data-mentorship-keep": address,
                "data-mentorship-keep-name": name,
                "data-mentorship-keep-revision": self.id_of_seen(name),
            }


class PointForm(WorkspaceForm):
    """One action point: what, who, by when, on which competencies."""

    public_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    text = TextField(label=_("What"), rows=2)
    owner = forms.ChoiceField(
        required=False,
        label=_("Who"),
        error_messages={"invalid_choice": _("Choose who does this.")},
    )
    due_on = DayField(required=False, label=_("By when"))
    competencies = KeysField(required=False, label=_("Competencies"))
    remove = forms.BooleanField(required=False, label=_("Remove this action point"))

    def __init__(self, *args, owners=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [("", _("Choose")), *owners]

    @staticmethod
    def initial_of(point: ActionPoint) -> dict:
        """What the form of a stored action point holds at first."""
        return {
            "public_id": point.public_id,
            "seen": mark(said_of(point)),
            "text": point.text,
            "owner": point.owner,
            "due_on": point.due_on,
            "competencies": point.competency_keys,
        }

    def clean(self):
        """Nothing is asked of what is empty or removed; the rest has a text and an owner."""
        cleaned = super().clean()
        if self.is_left_out:
            # What was typed wrong in a row that goes away needs no mending.
            self._errors.clear()
            return cleaned
        if not cleaned.get("text") and "text" not in self.errors:
            self.add_error("text", _("Say what is to be done, or remove this action point."))
        if not cleaned.get("owner") and "owner" not in self.errors:
            self.add_error("owner", _("Choose who does this."))
        return cleaned

    @property
    def is_left_out(self) -> bool:
        """Whether the row is empty, or to be removed."""
        sent = [self.data.get(self.add_prefix(name)) for name in ("text", "due_on", "public_id")]
        filled = any((value or "").strip() for value in sent) or self.data.getlist(
            self.add_prefix("competencies")
        )
        return bool(self.data.get(self.add_prefix("remove"))) or not filled

    @property
    def chosen(self) -> list[str]:
        """The keys that are ticked."""
        return self["competencies"].value() or []

    @property
    def is_stored(self) -> bool:
        """Whether the row stands for an action point that is saved already."""
        return bool(self["public_id"].value())

    def point(self) -> Point:
        """What the row says."""
        cleaned = self.cleaned_data
        return Point(
            text=cleaned["text"],
            owner=cleaned["owner"],
            due_on=cleaned["due_on"],
            competency_keys=tuple(cleaned["competencies"]),
            public_id=cleaned["public_id"],
        )


def said_of(point: ActionPoint | Point) -> list:
    """What an action point says, to compare."""
    return [point.text.strip(), point.owner, point.due_on, sorted(point.competency_keys)]


class JoinedPoints:
    """The action points of a form together with those that somebody else saved meanwhile.

    ``points`` is what can be saved, if nothing clashes; ``initial`` what a form then shows.
    """

    def __init__(self):
        self.points: list[Point] = []
        self.initial: list[dict] = []
        self.has_clash = False

    def add_stored(self, point: ActionPoint) -> None:
        """Add what is stored as it is."""
        self.points.append(
            Point(
                text=point.text,
                owner=point.owner,
                due_on=point.due_on,
                competency_keys=tuple(point.competency_keys),
                public_id=point.public_id,
            )
        )
        self.initial.append(PointForm.initial_of(point))

    def add(self, row: "PointForm", stored: ActionPoint | None) -> bool:
        """Add a row that was sent, beside what is stored of it now; return whether they clash.

        What is stored stays where the row was left as it was, and goes where only the row
        removes it. A row that was changed and that somebody else removed is added anew.
        """
        known = row.cleaned_data.get("public_id") is not None
        seen = row.data.get(row.add_prefix("seen"))
        if row.is_left_out:
            is_clash = stored is not None and mark(said_of(stored)) != seen
            if is_clash:
                self.initial.append(PointForm.initial_of(stored) | {"remove": True})
        elif stored is None:
            is_clash = known and mark(said_of(row.point())) != seen
            if is_clash or not known:
                self._add_typed(replace(row.point(), public_id=None))
        else:
            said, is_clash = settle(seen, said_of(row.point()), said_of(stored))
            if said == said_of(stored):
                self.add_stored(stored)
            else:
                self._add_typed(row.point(), seen=mark(said_of(stored)))
        self.has_clash = self.has_clash or is_clash
        return is_clash

    def _add_typed(self, point: Point, seen: str = "") -> None:
        self.points.append(point)
        self.initial.append(
            {
                "public_id": point.public_id,
                "seen": seen,
                "text": point.text,
                "owner": point.owner,
                "due_on": point.due_on,
                "competencies": list(point.competency_keys),
            }
        )


class OutcomeForm(SharedForm):
    """What became of an action point of an earlier evaluation."""

    outcome = forms.ChoiceField(
        required=False,
        label=_("What became of it?"),
        widget=forms.RadioSelect,
        choices=Outcome.choices,
        error_messages={"invalid_choice": _("Choose what became of it.")},
    )
    note = TextField(label=_("Note (optional)"), rows=2)
