"""Forms about what is not clear: the reader's question, and the answer of who keeps the text."""

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminAutoHeightTextInput

from ..choices import FlagState
from .base import TextField, WorkspaceForm


class UnclearForm(WorkspaceForm):
    """What a reader does not understand. The service says what is right."""

    sentence = TextField(
        label=_("What is not clear?"),
        rows=4,
        help_text=_(
            "One or two sentences are enough. Name no mentee and no beneficiary. The person who "
            "keeps this text sees your name, and answers you."
        ),
    )


class AnswerForm(forms.Form):
    """What became of a reader's question."""

    use_required_attribute = False

    OUTCOMES = {
        FlagState.ANSWERED: _("I answer it; the text stays as it is"),
        FlagState.CHANGED: _("I changed the text"),
        FlagState.CLOSED: _("I close it without a change, and say why"),
    }

    outcome = forms.ChoiceField(
        label=_("What became of it"),
        choices=list(OUTCOMES.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what became of the question.")},
    )
    text = forms.CharField(
        label=_("Your answer"),
        required=False,
        widget=AdminAutoHeightTextInput(attrs={"rows": 2}),
        help_text=_("The reader gets your words with your name. Not needed for a changed text."),
    )
