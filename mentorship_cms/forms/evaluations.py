"""Forms of the pages about one evaluation. What is allowed is checked by the services."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ..choices import MISSING_VERDICTS, Outcome, Role, Verdict
from ..models import ActionPoint
from ..services.evaluations import Point

#: Most action points that one page takes.
MOST_POINTS = 50
#: Empty action points that a page offers beside those that are written.
EMPTY_POINTS = 3

DISCARD_LABEL = _("Reason (optional)")
CORRECT_LABEL = _("What was wrong?")
CORRECT_HELP = _("Everybody who reads the correction reads this too.")


class TextField(forms.CharField):
    """A text of several lines, with the line ends that a page has, whatever the browser sends."""

    def __init__(self, *, rows=5, strip=True, **kwargs):
        kwargs.setdefault("required", False)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), strip=strip, **kwargs)

    def to_python(self, value):
        """The text with plain line ends."""
        return super().to_python(value).replace("\r\n", "\n")


class DayField(forms.DateField):
    """A day, by the browser's own date picker."""

    def __init__(self, **kwargs):
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(widget=widget, **kwargs)
        self.error_messages["invalid"] = _("This is not a date. Write it as 31/12/2026.")


class KeysField(forms.MultipleChoiceField):
    """Keys of competencies; whether they belong to the framework is for the service to say."""

    def valid_value(self, value):
        """Any key will do here."""
        return True


class WorkspaceForm(forms.Form):
    """A form whose messages stand by the fields, and whose fields look as in the workspace."""

    use_required_attribute = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field.widget, forms.DateInput):
                field.widget.attrs["class"] = (
                    "mentorship-field__input mentorship-field__input--short"
                )
            elif not isinstance(field.widget, (forms.RadioSelect, forms.CheckboxInput)):
                field.widget.attrs["class"] = "mentorship-field__input"

    @classmethod
    def typed(cls, data: dict[str, list[str]], *, prefix=None, **kwargs):
        """The form with what was typed before, not checked: ``data`` has lists of values."""
        form = cls(prefix=prefix, **kwargs)
        for name, field in form.fields.items():
            values = data.get(form.add_prefix(name), [])
            if isinstance(field, forms.MultipleChoiceField):
                form.initial[name] = values
            elif isinstance(field, forms.BooleanField):
                form.initial[name] = bool(values)
            elif values:
                form.initial[name] = values[-1]
        return form

    def add_messages(self, messages: dict[str, list[str]]) -> None:
        """Put the messages of a service by their fields, or above all of them."""
        for name, said in messages.items():
            self.add_error(name if name in self.fields else None, ValidationError(said))

    def error_list(self) -> list[tuple[str, str]]:
        """Each message with the id of its field, for the summary; none for what is not sent."""
        if not self.is_bound:
            return []
        return [
            (message, self[name].auto_id if name in self.fields else "")
            for name, messages in self.errors.items()
            for message in messages
        ]


class DetailsForm(WorkspaceForm):
    """Dates and situation of an evaluation."""

    observed_on = DayField(
        required=False,
        label=_("Observed on"),
        help_text=_("The day on which you saw the mentee at work. Leave it empty until then."),
    )
    situation = TextField(
        label=_("Situation"),
        help_text=_("Which work you watched. Name no beneficiaries."),
    )
    talk_on = DayField(
        label=_("Date of the talk"),
        help_text=_("Both sheets are ready by then. No beneficiaries are present at the talk."),
        error_messages={"required": _("Say on which day the talk is.")},
    )


class ReasonForm(WorkspaceForm):
    """Why something is done."""

    reason = TextField(label=_("Reason"), rows=3)

    def __init__(self, *args, label=None, help_text="", **kwargs):
        super().__init__(*args, **kwargs)
        if label:
            self.fields["reason"].label = label
        self.fields["reason"].help_text = help_text


class EmptyForm(WorkspaceForm):
    """A button, and nothing to fill in."""


class SignForm(WorkspaceForm):
    """The signature of one role; only the mentee can disagree."""

    remark = TextField(label=_("Remark (optional)"), rows=4)
    disagrees = forms.BooleanField(required=False, label=_("I disagree with what stands here"))


class MissingForm(WorkspaceForm):
    """Whose signature is missing, and why."""

    role = forms.ChoiceField(
        required=False,
        label=_("Whose signature is missing?"),
        widget=forms.RadioSelect,
        choices=[(role.value, role.label) for role in (Role.LINE_MANAGER, Role.MENTEE)],
        error_messages={"invalid_choice": _("Choose whose signature is missing.")},
    )
    verdict = forms.ChoiceField(
        required=False,
        label=_("What happened?"),
        widget=forms.RadioSelect,
        choices=[(verdict.value, Verdict(verdict).label) for verdict in MISSING_VERDICTS],
        error_messages={"invalid_choice": _("Choose what happened.")},
    )
    reason = TextField(
        label=_("Reason"), help_text=_("Everybody who reads the evaluation reads this."), rows=3
    )

    def __init__(self, *args, roles=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [
            choice for choice in self.fields["role"].choices if choice[0] in roles
        ]


# -- The talk


class TalkForm(WorkspaceForm):
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
        for name, field in self.fields.items():
            field.widget.attrs |= {
                "data-mentorship-keep": address,
                "data-mentorship-keep-name": name,
                "data-mentorship-keep-revision": "talk-revision",
            }


class PointForm(WorkspaceForm):
    """One action point: what, who, by when, on which competencies."""

    public_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
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

    @classmethod
    def of(cls, point: ActionPoint, **kwargs) -> "PointForm":
        """The form of a stored action point."""
        return cls(
            initial={
                "public_id": point.public_id,
                "text": point.text,
                "owner": point.owner,
                "due_on": point.due_on,
                "competencies": point.competency_keys,
            },
            **kwargs,
        )

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


class OutcomeForm(WorkspaceForm):
    """What became of an action point of an earlier evaluation."""

    outcome = forms.ChoiceField(
        required=False,
        label=_("What became of it?"),
        widget=forms.RadioSelect,
        choices=Outcome.choices,
        error_messages={"invalid_choice": _("Choose what became of it.")},
    )
    note = TextField(label=_("Note (optional)"), rows=2)
