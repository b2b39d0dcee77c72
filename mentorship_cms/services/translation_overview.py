"""What the translations of an item lack, part by part, and since which version of its source.

The *source* of an item is the one in the language of the site, or else the oldest. A translation
is measured against a version of its source: the one that somebody vouched for
(``TranslationMark``), or else the one that was published when the translation was begun. The
versions of a rating scale are its publications in the ledger (see ``source_versions``).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Min, prefetch_related_objects
from wagtail.coreutils import get_supported_content_language_variant
from wagtail.models import Locale, Revision

from ..differences import TextChange
from ..models import CompetencyFramework, RatingScale, TranslationMark
from ..models.editorial import EditorialSnippet, KeyedPart
from ..structures import Content, FrameworkContent, Part, RoleContent, ScaleContent
from .drafting import SHAPES, is_held
from .source_versions import versions_of

MISSING = "missing"
UNTRANSLATED = "untranslated"
BEHIND = "behind"
GONE = "gone"

#: Values that are the same in every language, not words.
_VALUES = ("code", "kind", "role")
#: Texts of the rating scale, which is an item with translations of its own.
_SCALE = ("scale_title", "scale_description")


@dataclass(frozen=True)
class Cell:
    """One part in one language. ``part`` is None where the language does not have it.

    ``state`` says what to do, if anything; ``lacking`` names the texts that are still empty, and
    ``changes`` how the source changed since the version that this was in line with.
    """

    part: Part | None
    state: str = ""
    lacking: tuple[str, ...] = ()
    changes: tuple[TextChange, ...] = ()
    is_unpublished: bool = False


@dataclass(frozen=True)
class Row:
    """One part in every language, in the order of the columns."""

    part: Part
    cells: tuple[Cell, ...]
    #: Whether only translations have it.
    is_extra: bool = False

    @property
    def needs_work(self) -> bool:
        """Whether there is something to do about it in any language."""
        return any(cell.state for cell in self.cells)


@dataclass
class Column:
    """One language: its item, or None while there is no translation."""

    locale: Locale
    item: EditorialSnippet | None
    is_source: bool = False
    #: Number of the latest version, and what it says; None when it was never published.
    number: int | None = None
    #: When that version was published.
    at: datetime | None = None
    #: Version of the source that it is measured against, and who vouched for it, if anybody.
    base: int | None = None
    base_at: datetime | None = None
    mark: TranslationMark | None = None
    draft: Content | None = None
    version: Content | None = None
    published: dict = field(default_factory=dict)
    #: Parts by what is to be done: the source has other words, the draft still has those of the
    #: source or lacks a text, it lacks the part, and the source no longer has the part.
    behind: int = 0
    untranslated: int = 0
    missing: int = 0
    gone: int = 0
    #: Parts of the draft that are not in the source; those somebody vouched for included.
    extra: int = 0

    @property
    def open(self) -> int:
        """How many parts do not say what the source says."""
        return self.behind + self.untranslated + self.missing + self.gone


@dataclass(frozen=True)
class Overview:
    """An item in all its languages; the source comes first."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    #: Number of the latest version of the source; None when it was never published.
    latest: int | None

    @property
    def has_numbers(self) -> bool:
        """Whether the versions are known by their numbers; those of a scale go by their dates."""
        return not isinstance(self.source.item, RatingScale)

    @property
    def source(self) -> Column:
        """The column of the source."""
        return self.columns[0]

    @cached_property
    def translations(self) -> tuple[Column, ...]:
        """The languages that the item was translated into."""
        return tuple(column for column in self.columns[1:] if column.item is not None)

    @cached_property
    def to_do(self) -> tuple[Row, ...]:
        """The rows in which there is something to do, after the section that each stands in."""
        found, section = [], None
        for row in self.rows:
            if row.part.children_field or row.is_extra:
                section = None if row.is_extra else row
            if row.needs_work:
                if section is not None and section is not row:
                    found.append(section)
                section = None
                found.append(row)
        return tuple(found)


def is_multilingual() -> bool:
    """Whether this site has its content in several languages at all."""
    return getattr(settings, "WAGTAIL_I18N_ENABLED", False)


def overview(item: EditorialSnippet, content: Content | None = None) -> Overview:
    """Return ``item`` in all its languages, as its latest drafts say.

    With ``content`` translations are measured as if the source were published with it. At most
    ten queries, however many parts, versions and revisions there are.
    """
    locales = list(Locale.objects.all()) if is_multilingual() else []
    columns = columns_of(item, locales)
    source, *translations = columns
    versions = versions_of([column.item for column in columns if column.item is not None])
    dates = versions.dates
    _set_bases(translations, dates[source.item.pk])
    wanted = {(source.item.pk, column.base) for column in columns if column.base is not None}
    wanted |= {(pk, max(own)) for pk, own in dates.items() if own}
    documents = versions.contents(wanted)
    latest = max(dates[source.item.pk], default=None)
    for column in columns:
        if column.item is not None and (own := dates[column.item.pk]):
            column.number = max(own)
            column.at = own[column.number]
            column.version = documents[column.item.pk, column.number]
            column.published = _parts(column.version)
    if content is not None:
        current = _parts(content)
    else:
        current = source.published or _parts(source.draft)
    bases = {
        column.base: _parts(documents[source.item.pk, column.base])
        for column in translations
        if column.base is not None
    }
    return Overview(tuple(columns), tuple(_rows(columns, current, bases)), latest)


def behind(item: EditorialSnippet, content: Content | None = None) -> list[tuple[Locale, int]]:
    """Return the languages that do not say what ``item`` says, with the number of such parts.

    With ``content``: as if it were published with that. Empty for what is itself a translation.
    """
    if not is_multilingual():
        return []
    seen = overview(item, content)
    if seen.source.item.pk != item.pk:
        return []
    return [(column.locale, column.open) for column in seen.translations if column.open]


# -- Reading


def columns_of(item: EditorialSnippet, locales: list[Locale]) -> list[Column]:
    """The languages of ``item``, the source first, then by the site's order of languages.

    Without ``locales`` only those in which there is such an item.
    """
    items = list(
        item.get_translations(inclusive=True)
        .annotate(is_held=is_held(type(item)))
        .select_related("locale", "latest_revision", "translation_mark")
        .order_by("pk")
    )
    try:
        default = get_supported_content_language_variant(settings.LANGUAGE_CODE)
    except LookupError:
        default = None
    source = next((one for one in items if one.locale.language_code == default), items[0])
    by_locale = {one.locale_id: one for one in items}
    columns = [Column(source.locale, source, is_source=True)]
    for locale in locales or [one.locale for one in items]:
        if locale.pk != source.locale_id:
            columns.append(Column(locale, by_locale.get(locale.pk)))
    _read_drafts([column for column in columns if column.item is not None])
    return columns


def _read_drafts(columns: list[Column]) -> None:
    """Read the drafts as data: a draft's JSON as it is, and all rows of the others at once."""
    stored = [column.item for column in columns if not _has_draft(column.item)]
    if stored:
        shape = SHAPES[type(stored[0])]
        prefetch_related_objects(stored, shape.path)
    for column in columns:
        item, model = column.item, type(column.item)
        if _has_draft(item):
            data = item.latest_revision.content
            column.draft = _content(model, data, _sections_of_json(model, data))
        else:
            sections = getattr(item, SHAPES[model].sections).all()
            column.draft = _content(model, vars(item), sections)


def _has_draft(item) -> bool:
    return item.has_unpublished_changes and item.latest_revision is not None


def _content(model, values, rows) -> Content:
    """The content of a framework, without its rating scale, of a role, or of a scale."""
    if model is RatingScale:
        levels = tuple(level.content(number) for number, level in enumerate(rows, start=1))
        return ScaleContent(values["title"], values["description"], levels)
    sections = tuple(section.content() for section in rows)
    if model is CompetencyFramework:
        return FrameworkContent(
            title=values["title"],
            occupation=values["occupation"],
            introduction=values["introduction"],
            areas=sections,
        )
    return RoleContent(
        title=values["title"], role=values["role"], summary=values["summary"], groups=sections
    )


def _sections_of_json(model, data: dict) -> Iterator[KeyedPart]:
    """The sections of a draft, unsaved, without a query for each of its parts."""
    shape = SHAPES[model]
    for section in data.get(shape.sections, []):
        row = _row_of_json(shape.section_model, section)
        if shape.items:
            items = [_row_of_json(shape.item_model, item) for item in section.get(shape.items, [])]
            getattr(row, shape.items).set(items)
        yield row


def _row_of_json(model, data: dict):
    """An unsaved part of a draft; what an older draft did not know yet is empty."""
    fields = [field for field in model._meta.concrete_fields if not field.is_relation]
    names = [field.name for field in fields if data.get(field.name) is not None]
    return model(**{name: data[name] for name in names})


def _set_bases(translations: list[Column], dates: dict) -> None:
    """Say against which version of the source each translation is measured."""
    if not dates:
        return
    _choose_bases(translations, dates)
    for column in translations:
        column.base_at = dates.get(column.base)


def _choose_bases(translations: list[Column], dates: dict) -> None:
    """Take the version that somebody vouched for, else the one that was there at the beginning."""
    open_columns = []
    for column in translations:
        if column.item is None:
            continue
        column.mark = getattr(column.item, "translation_mark", None)
        if column.mark is not None and column.mark.source_number in dates:
            column.base = column.mark.source_number
        else:
            column.mark = None
            open_columns.append(column)
    if not open_columns:
        return
    begun = _begun([column.item for column in open_columns])
    for column in open_columns:
        at = begun.get(column.item.pk)
        earlier = [number for number, date in dates.items() if at and date <= at]
        # Measured against too old a version, a part is read once more; against too new a one,
        # a change would be missed.
        column.base = max(earlier, default=min(dates))


def _begun(items) -> dict[int, object]:
    """When the first draft of each item was saved, as far as it is known."""
    rows = Revision.objects.filter(
        base_content_type=ContentType.objects.get_for_model(type(items[0])),
        object_id__in=[str(item.pk) for item in items],
    ).order_by()
    dates = rows.values_list("object_id").annotate(at=Min("created_at"))
    found = {int(pk): at for pk, at in dates}
    for item in items:
        # Old drafts may have been purged; the date of the first publication stays.
        dates = [date for date in (found.get(item.pk), item.first_published_at) if date]
        if dates:
            found[item.pk] = min(dates)
    return found


def _identity(part: Part) -> tuple[str, str]:
    return type(part).__name__, getattr(part, "key", "")


def _parts(content: Content) -> dict[tuple[str, str], Part]:
    """Every part of ``content``, itself first, in reading order."""
    parts = [content, *(part for part, _parent in content.walk())]
    return {_identity(part): part for part in parts}


def _words(part: Part | None) -> dict[str, str]:
    """The texts of a part, without those of the rating scale."""
    texts = part.texts() if part is not None else {}
    return {name: text for name, text in texts.items() if name not in _SCALE}


def _rows(columns: list[Column], current: dict, bases: dict) -> Iterator[Row]:
    """One row for each part: those of the source's draft and version, then those of no source."""
    drafts = [_parts(column.draft) if column.draft else {} for column in columns]
    source = drafts[0]
    extra = dict.fromkeys(name for parts in drafts[1:] for name in parts if name not in source)
    # Still published, but no longer in the draft of the source.
    extra = dict.fromkeys([*(name for name in current if name not in source), *extra])
    for identity in [*source, *extra]:
        cells = []
        is_extra = identity not in source and identity not in current
        for column, parts in zip(columns, drafts, strict=True):
            part = parts.get(identity)
            if column.is_source or column.item is None:
                cell = Cell(part, is_unpublished=_is_unpublished(column, identity, part))
            else:
                base = bases.get(column.base, {})
                cell = _cell(column, identity, part, current.get(identity), base.get(identity))
                if is_extra and part is not None:
                    column.extra += 1
                    # Whoever vouched for it since knew that the source has it no longer.
                    if column.mark is None or identity in base:
                        cell = replace(cell, state=GONE)
                _count(column, cell)
            cells.append(cell)
        part = source.get(identity) or next(
            (cell.part for cell in cells if cell.part), current.get(identity)
        )
        yield Row(part, tuple(cells), is_extra=is_extra)


def _count(column: Column, cell: Cell) -> None:
    column.behind += cell.state == BEHIND
    column.missing += cell.state == MISSING and cell.part is None
    column.untranslated += cell.state == UNTRANSLATED or bool(cell.lacking)
    column.gone += cell.state == GONE


def _cell(column: Column, identity, part, source: Part | None, base: Part | None) -> Cell:
    """Compare a part of a translation with the same part of the source, now and then."""
    unpublished = _is_unpublished(column, identity, part)
    if source is None:
        return Cell(part, is_unpublished=unpublished)
    words, asked = _words(part), _words(source)
    if part is None:
        return Cell(None, MISSING)
    lacking = tuple(name for name, text in asked.items() if text and not words.get(name))
    if lacking and any(name not in _VALUES for name in lacking):
        return Cell(part, MISSING, lacking=lacking, is_unpublished=unpublished)
    own = {name: text for name, text in words.items() if name not in _VALUES and text}
    same = own == {name: text for name, text in asked.items() if name not in _VALUES and text}
    # Whoever vouched for it saw that the words are the same in both languages.
    if own and same and (column.mark is None or base is None):
        return Cell(part, UNTRANSLATED, is_unpublished=unpublished)
    before = _words(base)
    changes = tuple(
        TextChange(name, before.get(name, ""), asked.get(name, ""))
        for name in dict.fromkeys([*asked, *before])
        if before.get(name, "") != asked.get(name, "")
    )
    # Begun as a copy, or added from the source since: translated when the words differ.
    if base is None or not changes:
        return Cell(part, is_unpublished=unpublished)
    return Cell(part, BEHIND, changes=changes, is_unpublished=unpublished)


def _is_unpublished(column: Column, identity, part: Part | None) -> bool:
    """Whether readers see other words than these, where they see any."""
    if part is None or column.number is None:
        return False
    return _words(part) != _words(column.published.get(identity))
