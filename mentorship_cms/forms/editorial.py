"""Forms and widgets of the admin."""

import json

from django import forms
from wagtail.admin.forms.models import WagtailAdminModelForm

from .parts import key_updates, settle, share_root


class EditorialSnippetForm(WagtailAdminModelForm):
    """Edit form of a framework, scale or role: the note starts empty after each publication."""

    def __init__(self, data=None, files=None, instance=None, prefix=None, **kwargs):
        if data is not None and instance is not None and instance.pk:
            settle(instance, data)
        super().__init__(data, files, instance=instance, prefix=prefix, **kwargs)
        share_root(self, self.instance)
        if self.instance.pk and not self.instance.has_unpublished_changes:
            # The note told what the last publication changed; it says nothing of the next one.
            self.initial["change_note"] = ""

    def get_field_updates_for_resave(self):
        """As in Wagtail; the parts that were added just now have a key as well."""
        return [*super().get_field_updates_for_resave(), *key_updates(self)]


class DescriptorsWidget(forms.Widget):
    """One text area for each level of the rating scale; the value is JSON, by level key.

    ``levels`` lists (key, label) and is set by the panel. Texts of levels that the scale no
    longer has are kept in hidden inputs, so that nothing written is lost.
    """

    template_name = "mentorship_cms/admin/descriptors_widget.html"
    levels: list[tuple[str, str]] = []

    class Media:
        css = {"all": ["mentorship_cms/admin.css"]}

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        texts = json.loads(value) if value else {}
        known = {key for key, _label in self.levels}
        widget = context["widget"]
        widget["levels"] = [
            {"name": self._input_name(name, key), "label": label, "text": texts.get(key, "")}
            for key, label in self.levels
        ]
        widget["others"] = [
            {"name": self._input_name(name, key), "text": text}
            for key, text in texts.items()
            if key not in known
        ]
        widget["filled"] = sum(bool(level["text"]) for level in widget["levels"])
        return context

    @staticmethod
    def _input_name(name, key):
        return f"{name}-level-{key}"

    def value_from_datadict(self, data, files, name):
        prefix = self._input_name(name, "")
        texts = {
            field.removeprefix(prefix): data.get(field).replace("\r\n", "\n").strip()
            for field in data
            if field.startswith(prefix)
        }
        return json.dumps({key: text for key, text in texts.items() if text})

    def value_omitted_from_data(self, data, files, name):
        prefix = self._input_name(name, "")
        return not any(field.startswith(prefix) for field in data)

    def id_for_label(self, id_):
        # The label belongs to the group, not to one of its fields.
        return ""
