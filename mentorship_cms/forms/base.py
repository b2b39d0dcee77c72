"""What the forms of the workspace share: fields, messages by their fields, saving side by side."""

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext_lazy as _

from ..services.marks import mark, settle

#: What browsers send, in every language; and what people write where there is no date picker.
DAY_FORMATS = ["%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y"]


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
        super().__init__(widget=widget, input_formats=DAY_FORMATS, **kwargs)
        self.error_messages["invalid"] = _("This is not a date. Write it as 31/12/2026.")


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
        """Each message with the id of its field, in the order of the page; none for what is not
        sent. The same words by two fields are told apart by the names of the fields."""
        if not self.is_bound:
            return []
        found = [
            (name, message)
            for name in (NON_FIELD_ERRORS, *self.fields)
            for message in self.errors.get(name, ())
        ]
        said = [message for _name, message in found]
        return [
            (
                f"{self[name].label}: {message}"
                if name in self.fields and said.count(message) > 1
                else message,
                self.place_of(name),
            )
            for name, message in found
        ]

    def place_of(self, name: str) -> str:
        """The id that a message about a field leads to; "" for the form as a whole."""
        return self[name].auto_id if name in self.fields else ""


class SharedForm(WorkspaceForm):
    """A form that several people may save at once: it carries a mark of what it was opened with."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.shared = list(self.fields)
        for name in self.shared:
            self.fields[seen_name(name)] = forms.CharField(
                required=False, widget=forms.HiddenInput(attrs={"id": self.id_of_seen(name)})
            )
            self.initial.setdefault(seen_name(name), mark(self.initial.get(name)))

    def id_of_seen(self, name: str) -> str:
        """The id of the hidden field with the mark of a field."""
        return f"id_{self.add_prefix(seen_name(name))}"

    def values(self) -> dict:
        """What was entered, by the name of the field."""
        return {name: self.cleaned_data[name] for name in self.shared}

    def settle(self, stored: dict) -> tuple[dict, dict]:
        """Take over what others saved where the person changed nothing.

        Returns the values to save, and what is stored where both changed something.
        """
        values, clashes = {}, {}
        for name, typed in self.values().items():
            seen = self.data.get(self.add_prefix(seen_name(name)))
            values[name], is_clash = settle(seen, typed, stored[name])
            if is_clash:
                clashes[name] = stored[name]
        return values, clashes

    @classmethod
    def again(cls, values: dict, stored: dict, **kwargs):
        """The form once more, after reading what is ``stored`` now."""
        return cls(
            initial=values | {seen_name(name): mark(there) for name, there in stored.items()},
            **kwargs,
        )


def seen_name(name: str) -> str:
    """The name of the hidden field with the mark of a field."""
    return f"seen_{name}"
