"""Forms about mentorships. What is right is for the services to say."""

from datetime import timedelta
from typing import NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ..choices import Context, EvaluationKind, Role, Stage
from ..models import CompetencyFramework, DeputyWindow, FrameworkVersion, Mentorship
from ..permissions import today
from ..records import name_of
from ..services.people import MOST_MATCHES, address_of, people_called, people_nearly_called
from .base import DayField, TextField, WorkspaceForm


def day_field(label, *, required="", **fields) -> DayField:
    """A day; ``required`` is the message for an empty field, or "" where it may be empty."""
    return DayField(
        label=label,
        required=bool(required),
        error_messages={"required": required},
        **fields,
    )


def choice_field(label, choices, message, **fields) -> forms.ChoiceField:
    """A choice; ``message`` says what to do, whatever is wrong with it."""
    return forms.ChoiceField(
        label=label,
        choices=[(value, capfirst(words)) for value, words in choices],
        error_messages={"required": message, "invalid_choice": message},
        **fields,
    )


class TypedPerson(NamedTuple):
    """What came from the browser: a text, and who of several matches was chosen."""

    text: str
    chosen: str


class PersonInput(forms.TextInput):
    """A text field with, beside it, the choice among several people of one name."""

    def __init__(self):
        super().__init__(attrs={"autocomplete": "off", "spellcheck": "false"})

    def value_from_datadict(self, data, files, name):
        return TypedPerson(data.get(name, ""), data.get(f"{name}-person", ""))

    def value_omitted_from_data(self, data, files, name):
        return name not in data

    def format_value(self, value):
        return super().format_value(value.text if isinstance(value, TypedPerson) else value)


class PersonField(forms.Field):
    """Somebody of the intranet, by user name, e-mail address or full name.

    When several people are called so, ``matches`` holds them to choose from.
    """

    widget = PersonInput
    matches: tuple = ()
    chosen = ""
    default_error_messages = {
        "required": _("Say who this is."),
        "nobody": _("Nobody is called so: %(text)s."),
        "nearly": _("Nobody is called exactly so. Choose who is meant."),
        "several": _("Several people are called so. Choose who is meant."),
        "many": _("Too many people are called so. Use a user name or an e-mail address."),
    }

    def clean(self, value):
        text = value.text.strip()
        if not text:
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        exact = people_called(text)
        found = exact or people_nearly_called(text)
        if not found:
            raise ValidationError(
                self.error_messages["nobody"], code="nobody", params={"text": text[:100]}
            )
        if len(found) > MOST_MATCHES:
            raise ValidationError(self.error_messages["many"], code="many")
        if len(exact) == 1:
            return exact[0]
        self.chosen = value.chosen
        self.matches = tuple((str(one.pk), name_of(one), address_of(one)) for one in found)
        for person in found:
            if str(person.pk) == value.chosen:
                return person
        code = "several" if exact else "nearly"
        raise ValidationError(self.error_messages[code], code=code)


class FrameworkChoiceField(forms.ModelChoiceField):
    """A published framework, by title and language."""

    def label_from_instance(self, framework):
        return f"{framework.title} ({framework.locale.language_name_local})"


class MentorshipsForm(WorkspaceForm):
    """A form about a mentorship, whose messages lead to what the reader has to put right."""

    def place_of(self, name):
        """The first of the people or answers to choose from, where there are several."""
        if name not in self.fields:
            return ""
        if getattr(self.fields[name], "matches", ()):
            return f"{self[name].auto_id}_person_0"
        if isinstance(self.fields[name].widget, forms.RadioSelect):
            return f"{self[name].auto_id}_0"
        return super().place_of(name)


class FrameForm(MentorshipsForm):
    """What a mentorship is about, and when."""

    framework = FrameworkChoiceField(
        label=_("Competency framework"),
        queryset=CompetencyFramework.objects.none(),
        empty_label=_("Choose a framework"),
        error_messages={
            "required": _("Choose a framework."),
            "invalid_choice": _("Choose one of the published frameworks."),
        },
    )
    context = choice_field(
        _("Context"),
        [("", _("Choose what it answers to")), *Context.choices],
        _("Choose what the mentorship answers to."),
    )
    stage = choice_field(_("Stage"), Stage.choices, _("Choose a stage."), initial=Stage.PREPARATION)
    goals = TextField(label=_("Goals"), help_text=Mentorship._meta.get_field("goals").help_text)
    starts_on = day_field(_("Starts on"), required=_("Say on which day the mentorship starts."))
    ends_on = day_field(_("Planned end"))
    training_organisation = forms.CharField(
        label=_("Training organisation"), max_length=255, required=False
    )
    training_contact = forms.CharField(
        label=_("Contact in the training organisation"), max_length=255, required=False
    )

    def __init__(self, *args, current=None, **kwargs):
        """``current`` is the framework of the mentorship, which stays possible."""
        super().__init__(*args, **kwargs)
        published = FrameworkVersion.objects.filter(framework=OuterRef("pk"))
        self.fields["framework"].queryset = (
            CompetencyFramework.objects.filter(
                Q(Exists(published), live=True) | Q(pk=current.pk if current else None)
            )
            .select_related("locale")
            .order_by("title", "locale__language_code")
        )

    def frame(self) -> dict:
        """What the mentorship is about, for the services."""
        return {name: self.cleaned_data[name] for name in FrameForm.base_fields}


class AddForm(FrameForm):
    """A new mentorship, with its people."""

    mentee = PersonField(label=_("Mentee"))
    mentor = PersonField(label=_("Mentor"))
    deputy_mentor = PersonField(label=_("Deputy mentor"), required=False)
    line_manager = PersonField(label=_("Line manager"), help_text=_("Never the mentor."))

    people_fields = (Role.MENTEE, Role.MENTOR, Role.DEPUTY_MENTOR, Role.LINE_MANAGER)
    field_order = people_fields

    def people(self) -> dict:
        """Who has which role."""
        return {role: self.cleaned_data[role] for role in self.people_fields}


class PeopleForm(MentorshipsForm):
    """Who takes part from now on. An empty field leaves the role as it is."""

    mentor = PersonField(label=_("New mentor"), required=False)
    deputy_mentor = PersonField(label=_("New deputy mentor"), required=False)
    no_deputy = forms.BooleanField(label=_("From now on there is no deputy mentor"), required=False)
    line_manager = PersonField(label=_("New line manager"), required=False)
    reason = TextField(
        label=_("Reason"), rows=3, help_text=_("It stays in the history of the mentorship.")
    )

    def clean(self):
        """One answer for the deputy, and something to change."""
        if self.cleaned_data.get("no_deputy") and self.cleaned_data.get("deputy_mentor"):
            self.add_error(
                "no_deputy", _("Name a new deputy mentor, or say that there is none: not both.")
            )
        elif not self.errors and not self.people():
            self.add_error(None, _("Name who takes part from now on."))

    def people(self) -> dict:
        """Who has which role from now on; None for a deputy who is taken away."""
        roles = (Role.MENTOR, Role.DEPUTY_MENTOR, Role.LINE_MANAGER)
        people = {role: self.cleaned_data[role] for role in roles if self.cleaned_data[role]}
        if self.cleaned_data["no_deputy"]:
            people[Role.DEPUTY_MENTOR] = None
        return people


class EndForm(MentorshipsForm):
    """The end of a mentorship."""

    reason = TextField(
        label=_("Reason"), rows=3, help_text=_("It stays in the history of the mentorship.")
    )


class WindowForm(MentorshipsForm):
    """Days on which the deputy takes over."""

    starts_on = day_field(_("First day"), required=_("Say from which day the deputy takes over."))
    ends_on = day_field(_("Last day"), required=_("Say until which day the deputy takes over."))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=DeputyWindow._meta.get_field("reason").max_length,
        required=False,
    )


class StartForm(MentorshipsForm):
    """A new evaluation."""

    kind = choice_field(
        _("Kind of evaluation"),
        [one for one in EvaluationKind.choices if one[0] != EvaluationKind.CORRECTION],
        _("Choose a kind of evaluation."),
        widget=forms.RadioSelect,
    )
    talk_on = day_field(
        _("Date of the talk"),
        required=_("Say on which day the talk is."),
        help_text=_("Both sheets are ready by then. No beneficiaries are present at the talk."),
    )

    def __init__(self, *args, first=False, **kwargs):
        """``first`` says that there is no evaluation yet: it makes the proposal."""
        super().__init__(*args, **kwargs)
        self.initial.setdefault("kind", EvaluationKind.START if first else EvaluationKind.INTERIM)
        self.initial.setdefault("talk_on", today() + timedelta(days=7))


class SearchForm(MentorshipsForm):
    """Which mentorships the coordinator looks for."""

    q = forms.CharField(
        label=_("Name"), max_length=100, required=False, help_text=_("Of anybody who takes part.")
    )
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("", _("All")), ("running", _("Running")), ("ended", _("Ended"))],
        required=False,
    )
