"""Changing the latest draft of an item from outside its form, as the form would."""

from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import CharField, Exists, OuterRef, Q, prefetch_related_objects
from django.db.models.functions import Cast
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from modelcluster.models import ClusterableModel, get_all_child_relations
from wagtail.actions.edit import EditAction
from wagtail.models import Revision, WorkflowState

from ..history import BOOKKEEPING_FIELDS
from ..models import (
    Competency,
    CompetencyArea,
    CompetencyFramework,
    Level,
    RatingScale,
    Responsibility,
    ResponsibilityGroup,
    RoleDescription,
)
from ..models.editorial import EditorialSnippet, KeyedPart


@dataclass(frozen=True)
class Shape:
    """How an item is built: sections, mostly with items in them, and the names of both."""

    section_model: type[KeyedPart]
    sections: str
    item_model: type[KeyedPart] | None = None
    items: str = ""

    @property
    def path(self) -> str:
        """The way from the item to everything in it, for reading it all at once."""
        return f"{self.sections}__{self.items}" if self.items else self.sections

    def items_of(self, section: KeyedPart) -> list[KeyedPart]:
        """The items in a section, in their order."""
        return list(getattr(section, self.items).all()) if self.items else []


SHAPES = {
    CompetencyFramework: Shape(CompetencyArea, "areas", Competency, "competencies"),
    RoleDescription: Shape(ResponsibilityGroup, "groups", Responsibility, "responsibilities"),
    RatingScale: Shape(Level, "levels"),
}


class StaleDraftError(ValidationError):
    """Somebody saved another draft than the one that the form was made from."""


def is_held(model) -> Q:
    """A column ``is_held`` for items: a workflow or a schedule may keep somebody from changing it.

    Wagtail asks two questions about each item; who has many asks here first, for all at once.
    """
    itself = {
        "base_content_type": ContentType.objects.get_for_model(model),
        "object_id": Cast(OuterRef("pk"), CharField()),
    }
    return Exists(WorkflowState.objects.active().filter(**itself)) | Exists(
        Revision.objects.filter(**itself, approved_go_live_at__isnull=False)
    )


def is_locked(item: EditorialSnippet, user) -> bool:
    """Whether a lock, a workflow or a schedule keeps ``user`` from changing ``item``."""
    if not (item.locked or getattr(item, "is_held", True)):
        return False
    lock = item.get_lock()
    return lock is not None and bool(lock.for_user(user))


def take_draft(*, item: EditorialSnippet, user, seen_revision: int | None = None):
    """Return the latest draft of ``item``, locked until the transaction ends, to change and save.

    Raises ``ValidationError`` when ``user`` cannot change it now, and ``StaleDraftError`` when it
    is no longer the draft of ``seen_revision``.
    """
    locked = type(item).objects.select_for_update(of=("self",)).get(pk=item.pk)
    draft = locked.get_latest_revision_as_object()
    if is_locked(draft, user):
        raise ValidationError(
            _("The %(item)s could not be saved, as it is locked.")
            % {"item": item._meta.verbose_name}
        )
    if seen_revision is not None and seen_revision != (draft.latest_revision_id or 0):
        raise StaleDraftError(
            _(
                "Somebody saved another draft in the meantime. Nothing was saved. What you typed "
                "is still here; look at the new draft in the form before you save again."
            )
        )
    return draft


def sections_of(draft: EditorialSnippet) -> list[tuple[KeyedPart, list[KeyedPart]]]:
    """Return the sections of ``draft`` with their items, in reading order."""
    shape = SHAPES[type(draft)]
    if shape.sections not in getattr(draft, "_cluster_related_objects", {}):
        # Read from the tables: all at once, not the items of each section.
        prefetch_related_objects([draft], shape.path)
    return [(section, shape.items_of(section)) for section in getattr(draft, shape.sections).all()]


def put_sections(draft: EditorialSnippet, sections) -> None:
    """Let ``draft`` consist of ``sections``, pairs of a section and its items, in that order."""
    shape = SHAPES[type(draft)]
    for place, (section, items) in enumerate(sections):
        section.sort_order = place
        for number, item in enumerate(items):
            item.sort_order = number
        if shape.items:
            getattr(section, shape.items).set(items)
    getattr(draft, shape.sections).set([section for section, _items in sections])


def save_draft(*, draft: EditorialSnippet, user):
    """Save ``draft`` as a new revision, without publishing it, the way its form does.

    The first draft after a publication begins without note: the last one is about that.
    """
    if not draft.has_unpublished_changes:
        draft.change_note = ""
    for section, items in sections_of(draft):
        for part in (section, *items):
            # The link to the part above is set when it is saved, and the key is our own.
            links = [field.name for field in part._meta.fields if field.is_relation]
            try:
                part.clean_fields(exclude=["id", "key", *links])
            except ValidationError as error:
                name = capfirst(part._meta.verbose_name)
                raise ValidationError(
                    [f"{name} “{part}”: {message}" for message in error.messages]
                ) from error
    action = EditAction(draft, user=user, clean=False)
    action.execute(skip_permission_checks=True)
    return action.revision


def copy_of(item: EditorialSnippet) -> EditorialSnippet:
    """Return an unsaved item that says what the latest draft of ``item`` says: another one.

    Its parts have keys of their own, so that nothing takes them for those of ``item``.
    """
    draft = item.get_latest_revision_as_object()
    values = {
        field.attname: getattr(draft, field.attname)
        for field in draft._meta.concrete_fields
        if field.editable and not field.primary_key and field.name not in BOOKKEEPING_FIELDS
    }
    copy = type(item)(**values, locale=draft.locale, live=False)
    copy.change_note = ""
    _copy_parts(draft, copy)
    # Wagtail's copies are told apart in lists by their titles alone.
    title = _("%(title)s (copy)") % {"title": draft.title}
    copy.title = title[: draft._meta.get_field("title").max_length]
    return copy


def _copy_parts(source, target) -> None:
    for relation in get_all_child_relations(type(source)):
        if not issubclass(relation.related_model, KeyedPart):
            continue
        name, copies = relation.get_accessor_name(), []
        for part in getattr(source, name).all():
            values = {
                field.attname: getattr(part, field.attname)
                for field in part._meta.concrete_fields
                if not field.primary_key and not field.is_relation and field.name != "key"
            }
            copy = type(part)(**values)
            if isinstance(part, ClusterableModel):
                _copy_parts(part, copy)
            copies.append(copy)
        getattr(target, name).set(copies)
