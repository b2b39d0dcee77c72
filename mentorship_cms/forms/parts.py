"""The parts of an item in its form: the form posts their keys, and by those they are known.

Wagtail knows them by the id of their row. But a form that stood open while somebody published a
removal, and an old draft that is looked at again, hold ids that are gone by now; and a part that
stands only in a draft has none.
"""

import uuid

from django import forms
from django.core.signing import BadSignature, Signer
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import BaseModelFormSet
from modelcluster.forms import BaseChildFormSet
from modelcluster.models import ClusterableModel, get_all_child_relations

from ..models.editorial import KeyedPart

#: As many as Django's form sets read.
MOST_FORMS = 2000


class CarriedField(forms.Field):
    """A hidden value that says which part a form is about; nothing of it is saved."""

    widget = forms.HiddenInput

    def clean(self, value):
        return None

    def has_changed(self, initial, data):
        return False


class PartsFormSet(BaseChildFormSet):
    """The parts of an item, or of one of its sections. ``settle`` was called before it is made."""

    #: The item that all parts are of; the form around sets it.
    root = None

    def _construct_form(self, i, **kwargs):
        """As in modelcluster, but a part is found by its key first."""
        if self.is_bound and i < self.initial_form_count():
            kwargs["instance"] = self._part(self.add_prefix(i))
            form = super(BaseModelFormSet, self)._construct_form(i, **kwargs)
        else:
            form = super()._construct_form(i, **kwargs)
        share_root(form, self.root)
        return form

    def add_fields(self, form, index):
        """As in Django, but any id is taken, and the key goes along."""
        super().add_fields(form, index)
        name = self.model._meta.pk.name
        form.fields[name] = CarriedField(required=False, initial=form.fields[name].initial)
        stands = self.root and index is not None and index < self.initial_form_count()
        form.fields["key"] = CarriedField(
            required=False, initial=signed_key(self.root, form.instance) if stands else ""
        )

    def save_existing_objects(self, commit=True):
        """As in modelcluster, which drops all parts without a row, to add what the form has.

        So those that did not change are to be added as well.
        """
        saved = super().save_existing_objects(commit)
        dropped = self.deleted_forms
        return saved + [
            form.instance
            for form in self.initial_forms
            if form.instance.pk is None and form not in dropped and form.instance not in saved
        ]

    def _part(self, prefix):
        """The part that a posted form is about; one that is not there is a new one."""
        parts = [part for part in self.get_queryset() if id(part) not in self._taken]
        key = posted_key(self.root, self.data, prefix)
        pk = self.data.get(f"{prefix}-{self.model._meta.pk.name}")
        part = next((part for part in parts if key and part.key == key), None)
        if part is None and pk and not key:
            part = next((part for part in parts if str(part.pk) == pk), None)
        if part is None:
            return self.model()
        self._taken.add(id(part))
        return part

    @property
    def _taken(self) -> set:
        return vars(self).setdefault("_taken_parts", set())


def share_root(form, root) -> None:
    """Tell the form sets of ``form`` which item they are of."""
    for formset in getattr(form, "formsets", {}).values():
        if isinstance(formset, PartsFormSet):
            formset.root = root


def key_updates(form):
    """(name, value) of the keys in a form that was saved and stays open, for its next save."""
    for formset in form.formsets.values():
        if isinstance(formset, PartsFormSet):
            for part in formset.forms:
                name, key = f"{part.prefix}-key", signed_key(formset.root, part.instance)
                if form.data.get(name) != key:
                    yield name, key
                yield from key_updates(part)


def settle(item, data) -> None:
    """Let ``item`` in memory have each part that the posted form was made with, where it stood.

    Parts that went, or went elsewhere, while the form was open come back under the same key.
    """
    standing = {}
    _index(item, standing)
    _settle(item, item, "", data, standing, set())


def _index(parent, standing: dict) -> None:
    for name, model in _relations(type(parent)):
        manager = getattr(parent, name)
        for part in manager.get_object_list():
            standing.setdefault((model, part.key), (part, manager))
            if isinstance(part, ClusterableModel):
                _index(part, standing)


def _settle(root, parent, prefix: str, data, standing: dict, claimed: set) -> None:
    for name, model in _relations(type(parent)):
        manager, count = getattr(parent, name), data.get(f"{prefix}{name}-INITIAL_FORMS", "")
        for number in range(min(int(count), MOST_FORMS) if count.isdecimal() else 0):
            place = f"{prefix}{name}-{number}"
            key = posted_key(root, data, place)
            if key is None or key in claimed:
                continue
            claimed.add(key)
            part, home = standing.get((model, key), (None, None))
            if part is None:
                if data.get(f"{place}-{DELETION_FIELD_NAME}"):
                    continue
                part = model(key=key, sort_order=number)
                manager.add(part)
            elif home.instance is not parent:
                home.remove(part)
                manager.add(part)
            if isinstance(part, ClusterableModel):
                _settle(root, part, f"{place}-", data, standing, claimed)


def _relations(model):
    """(name, model) of the relations to parts that have keys."""
    for relation in get_all_child_relations(model):
        if issubclass(relation.related_model, KeyedPart):
            yield relation.get_accessor_name(), relation.related_model


def signed_key(root, part) -> str:
    """The key of ``part``, for the form of ``root`` alone: nobody can type that of another."""
    return _signer(root).sign(str(part.key))


def posted_key(root, data, prefix: str) -> uuid.UUID | None:
    """The key that the form of a part carries; None for none and for one from elsewhere."""
    value = data.get(f"{prefix}-key")
    if not value or root is None:
        return None
    try:
        return uuid.UUID(_signer(root).unsign(value))
    except BadSignature:
        return None


def _signer(root) -> Signer:
    return Signer(salt=f"mentorship_cms.parts.{root.translation_key}")
