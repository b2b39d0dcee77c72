"""The form behind the button that publishes a draft."""

from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models.editorial import EditorialSnippet

LONGEST_NOTE = EditorialSnippet._meta.get_field("change_note").max_length


class PublicationForm(forms.Form):
    """Which draft the editor has seen, what readers are told, and whether all of it holds."""

    use_required_attribute = False

    revision = forms.IntegerField(widget=forms.HiddenInput)
    digest = forms.CharField(widget=forms.HiddenInput)
    #: When it was said to be published, in ISO form; blank for at once.
    day = forms.CharField(widget=forms.HiddenInput, required=False)
    note = forms.CharField(
        label=_("What changes"),
        max_length=LONGEST_NOTE,
        required=False,
        help_text=_("Optional. One sentence for readers, kept with the version."),
    )
    confirmed = forms.BooleanField(
        label=_("I went through the whole text: it is still correct"),
        required=False,
        help_text=_("Readers then see your name and the date as those of the last check."),
    )

    def __init__(self, *args, may_confirm, **kwargs):
        super().__init__(*args, **kwargs)
        if not may_confirm:
            del self.fields["confirmed"]

    def clean_day(self):
        """The moment that was named; None for at once, and for what is no moment."""
        try:
            return datetime.fromisoformat(self.cleaned_data["day"])
        except ValueError:
            return None

    def show_anew(self, **seen) -> None:
        """Name another draft than the one that came with the form; what was typed stays."""
        self.data = self.data.copy()
        for name, value in seen.items():
            self.data[name] = value
