"""What the three editorial snippets share: drafts, preview on the real page, one ledger."""

import uuid

from django.db import models
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from modelcluster.models import ClusterableModel, get_all_child_relations
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    Orderable,
    PreviewableMixin,
    RevisionMixin,
    TranslatableMixin,
    WorkflowMixin,
)
from wagtail.search import index

from ..history import BOOKKEEPING_FIELDS, LedgerRecords


class KeyedPart(Orderable):
    """A part of a snippet, with a key that stays the same through edits, copies and languages.

    The key, not the database id, says that two parts are the same one: Wagtail's drafts hold
    new parts without an id (wagtail issue 1853), and a translation has ids of its own.
    """

    key = models.UUIDField(_("key"), default=uuid.uuid4, editable=False, db_index=True)

    class Meta(Orderable.Meta):
        abstract = True


class EditorialSnippet(
    WorkflowMixin,
    DraftStateMixin,
    LockableMixin,
    RevisionMixin,
    PreviewableMixin,
    TranslatableMixin,
    index.Indexed,
    ClusterableModel,
):
    """Base of frameworks, rating scales and role descriptions.

    Editors work in Wagtail (draft, preview, publish, schedule, workflow, lock); the ledger
    keeps what was really published; ``services.publishing`` freezes each publication.
    """

    title = models.CharField(_("title"), max_length=255)
    change_note = models.CharField(
        _("what changes"),
        max_length=255,
        blank=True,
        help_text=_("Optional. One sentence for readers, kept with the version that you publish."),
    )

    history = LedgerRecords(inherit=True, excluded_fields=BOOKKEEPING_FIELDS)

    search_fields = [
        index.SearchField("title", boost=5),
        index.AutocompleteField("title"),
        index.FilterField("locale"),
        index.FilterField("live"),
    ]

    class Meta(TranslatableMixin.Meta):
        abstract = True
        ordering = ["title"]

    def __str__(self):
        return self.title

    def ledger_root(self):
        """Return the snippet that decides whether a save is public: itself."""
        return self

    def pages(self) -> list:
        """Return the live pages that show this snippet to readers, in tree order."""
        from .pages import pages_showing  # the pages import the snippets

        return pages_showing(self)

    def get_full_url(self):
        """The address of the first page that shows this snippet; the base of its preview."""
        page = next(iter(self.pages()), None)
        return page.full_url if page else None

    full_url = property(get_full_url)

    def preview_content(self, page):
        """Return the content that ``page`` shows in a preview of this draft."""
        return self.content()

    def serve_preview(self, request, mode_name):
        """Show the draft on the real page, or by itself while no page shows it."""
        page = next(iter(self.pages()), None)
        if page is None:
            return TemplateResponse(
                request, "mentorship_cms/admin/preview_without_page.html", {"snippet": self}
            )
        page.draft_content = self.preview_content(page)
        return page.index_route(request)

    def copy_for_translation(self, locale, exclude_fields=None):
        """As in Wagtail, but the copy begins as a draft of its own.

        Wagtail's copy would be live at once, with the words of the other language and even of
        its draft, and without a publication.
        """
        copy = super().copy_for_translation(locale, exclude_fields)
        copy.live = False
        copy.has_unpublished_changes = True
        copy.change_note = ""
        copy.first_published_at = copy.last_published_at = None
        copy.latest_revision = copy.live_revision = None
        return copy

    def with_content_json(self, content):
        """As in Wagtail; parts that a draft holds without id get the id of their own row.

        Otherwise publishing, or going back to, a draft that was saved before its new parts had
        an id would remove their rows and make new ones (wagtail issue 1853). And what stood in an
        area or group that was removed since comes back with it.
        """
        snippet = super().with_content_json(without_parents(type(self), content))
        restore_part_ids(snippet)
        return snippet

    def save(self, *args, **kwargs):
        """As in Wagtail; an item that moved to another area or group stays the same row."""
        if kwargs.get("update_fields") is None:
            rehome_items(self)
        super().save(*args, **kwargs)


def without_parents(model, content: dict) -> dict:
    """The JSON of a draft without the ids of what its parts stand in, which the nesting says.

    Wagtail would look up each of them, and drop a part whose id is no longer there.
    """
    light = dict(content)
    for relation in get_all_child_relations(model):
        name, field = relation.get_accessor_name(), relation.field.name
        if name in light and issubclass(relation.related_model, KeyedPart):
            light[name] = [
                {key: value for key, value in part.items() if key != field}
                for part in (without_parents(relation.related_model, part) for part in light[name])
            ]
    return light


def rehome_items(snippet: ClusterableModel):
    """Let the stored parts of ``snippet`` stand where its sections in memory have them.

    Saved section by section, an item would be removed from the old one and made anew. What was
    removed and made anew since a draft was saved has another row under the same key: that one.
    """
    for relation in get_all_child_relations(type(snippet)):
        name, section_model = relation.get_accessor_name(), relation.related_model
        if not snippet.pk or name not in getattr(snippet, "_cluster_related_objects", {}):
            continue
        if not issubclass(section_model, KeyedPart):
            continue
        sections = getattr(snippet, name).all()
        adopt_rows(sections, section_model, {relation.field.name: snippet.pk})
        for inner in get_all_child_relations(section_model):
            items = {
                id(item): (item, section)
                for section in sections
                if inner.get_accessor_name() in getattr(section, "_cluster_related_objects", {})
                for item in getattr(section, inner.get_accessor_name()).all()
            }
            homes = adopt_rows(
                [item for item, _section in items.values()],
                inner.related_model,
                {f"{inner.field.name}__{relation.field.name}": snippet.pk},
                inner.field.attname,
            )
            moved = {}
            for item, section in items.values():
                if homes.get(item.pk, section.pk) != section.pk:
                    moved.setdefault(id(section), (section, []))[1].append(item.pk)
            for section, pks in moved.values():
                if section.pk is None:
                    # The row has to be there; what stands in it is saved with the snippet.
                    setattr(section, relation.field.name, snippet)
                    super(ClusterableModel, section).save()
                inner.related_model._base_manager.filter(pk__in=pks).update(
                    **{inner.field.attname: section.pk}
                )


def adopt_rows(parts, model, where: dict, home: str = "pk") -> dict:
    """Give each part whose id is not that of a row in ``where`` the id of the row of its key.

    Returns the value of ``home`` of each row, by id.
    """
    rows = list(model._base_manager.filter(**where).values_list("pk", "key", home))
    known = {pk for pk, _key, _home in rows}
    by_key = {key: pk for pk, key, _home in rows}
    used = {part.pk for part in parts}
    for part in parts:
        pk = by_key.get(part.key)
        if part.pk not in known and pk is not None and pk not in used:
            part.pk = pk
            used.add(pk)
    return {pk: value for pk, _key, value in rows}


def restore_part_ids(parent: ClusterableModel):
    """Give each keyed part of ``parent`` without an id the id of its row, by key."""
    for relation in get_all_child_relations(type(parent)):
        part_model = relation.related_model
        if not issubclass(part_model, KeyedPart):
            continue
        parts = list(getattr(parent, relation.get_accessor_name()).all())
        nameless = {part.key: part for part in parts if part.pk is None}
        if nameless and parent.pk:
            rows = part_model._base_manager.filter(
                **{relation.field.name: parent.pk, "key__in": nameless}
            )
            for key, pk in rows.values_list("key", "pk"):
                nameless[key].pk = pk
        for part in parts:
            if isinstance(part, ClusterableModel):
                restore_part_ids(part)
