"""Forms about the upkeep of an item. What is right is for ``services.upkeep`` to say."""

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from ..records import name_of
from ..services.people import address_of
from ..services.upkeep import LONGEST_INTERVAL, LONGEST_REMARK
from .base import TextField
from .mentorships import day_field


def remark_field(label, *, required="") -> TextField:
    """A remark that stays in the history; ``required`` says what is missing where it must be."""
    return TextField(
        label=label,
        rows=2,
        max_length=LONGEST_REMARK,
        help_text=_("It stays in the history, where editors read it."),
        required=bool(required),
        error_messages={"required": required},
    )


class UpkeepForm(forms.Form):
    """An act of upkeep. Its fields have the names of the service's arguments."""

    use_required_attribute = False


class ConfirmForm(UpkeepForm):
    """The item is still correct."""

    remark = remark_field(_("Remark (optional)"))


class PostponeForm(UpkeepForm):
    """The check has to wait."""

    until = day_field(_("Next check by"), required=_("Say until which day the check waits."))
    remark = remark_field(_("Why it has to wait"), required=_("Say why the check has to wait."))


class PersonChoiceField(forms.ModelChoiceField):
    """One of a few people; those of one name are told apart by their address."""

    def __init__(self, **kwargs):
        super().__init__(queryset=None, required=False, **kwargs)

    def offer(self, people: QuerySet) -> None:
        """Let the choice be among ``people``, in the order of their names."""
        self.queryset = people
        named = sorted(((name_of(one), one) for one in people), key=lambda pair: pair[0].casefold())
        names = [name for name, _person in named]
        self.choices = [
            ("", self.empty_label),
            *(
                (one.pk, f"{name} ({address_of(one)})" if names.count(name) > 1 else name)
                for name, one in named
            ),
        ]


class HandOverForm(UpkeepForm):
    """Somebody else answers for the item."""

    owner = PersonChoiceField(
        label=_("New owner"),
        empty_label=_("Nobody in particular: the owner of the page above"),
        error_messages={"invalid_choice": _("Choose somebody who may edit this.")},
    )
    remark = remark_field(
        _("What the new owner has to know"),
        required=_("Say what the new owner has to know."),
    )

    def __init__(self, *args, people: QuerySet, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["owner"].offer(people)


class PlanForm(UpkeepForm):
    """How often the item is checked."""

    months = forms.IntegerField(
        label=_("Months between two checks"),
        required=False,
        widget=forms.NumberInput(attrs={"min": 1, "max": LONGEST_INTERVAL}),
        error_messages={"invalid": _("Write a number of months.")},
    )

    def __init__(self, *args, site_interval: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["months"].help_text = _(
            "Empty takes the interval of the site: %(months)s months. A check that was postponed "
            "stays postponed."
        ) % {"months": site_interval}
