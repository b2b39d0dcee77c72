"""The form behind the button that publishes a draft."""

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import RatingScale
from ..models.editorial import EditorialSnippet

LONGEST_NOTE = EditorialSnippet._meta.get_field("change_note").max_length


class PublicationForm(forms.Form):
    """Which draft the editor has seen, what readers are told, and whether all of it holds."""

    use_required_attribute = False

    revision = forms.IntegerField(widget=forms.HiddenInput)
    digest = forms.CharField(widget=forms.HiddenInput)
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

    def __init__(self, *args, item, **kwargs):
        super().__init__(*args, **kwargs)
        if isinstance(item, RatingScale):
            # A scale is confirmed with the frameworks that use it.
            del self.fields["confirmed"]

    def show_anew(self, **seen) -> None:
        """Name another draft than the one that came with the form; what was typed stays."""
        self.data = self.data.copy()
        for name, value in seen.items():
            self.data[name] = value
