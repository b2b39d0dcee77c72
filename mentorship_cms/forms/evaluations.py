"""Forms of the pages about one evaluation. What is allowed is checked by the services."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..choices import MISSING_VERDICTS, Role, Verdict
from .base import DayField, SharedForm, TextField, WorkspaceForm

DISCARD_LABEL = _("Reason (optional)")
CORRECT_LABEL = _("What was wrong?")
CORRECT_HELP = _("Everybody who reads the correction reads this too.")


class DetailsForm(SharedForm):
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
