"""Acts on translations: beginning one, adding what it lacks, and vouching for it."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.models import Locale

from ..models import TranslationMark
from ..models.editorial import EditorialSnippet
from ..models.kinds import MARK_FIELDS
from ..records import name_of
from ..structures import CompetencyContent, Content, Part
from .drafting import SHAPES, put_sections, save_draft, sections_of, take_draft
from .source_versions import versions_of
from .translation_overview import columns_of, overview


class NotTranslatedError(ValidationError):
    """A translation that has ``count`` parts with the words of the source, or with empty texts."""

    def __init__(self, count: int):
        self.count = count
        super().__init__(
            ngettext(
                "%(count)d part is not translated yet.",
                "%(count)d parts are not translated yet.",
                count,
            )
            % {"count": count}
        )


@transaction.atomic
def start_translation(*, user, item: EditorialSnippet, locale: Locale) -> EditorialSnippet:
    """Begin the translation of ``item`` into ``locale``: a draft with the words of its source.

    It is in line with nothing: what still reads like the source counts as not translated.
    """
    # A scale has no versions, so nothing is measured: any of its languages will do.
    source = columns_of(item, [])[0].item if type(item) in SHAPES else item
    if source.get_translations(inclusive=True).filter(locale=locale).exists():
        raise ValidationError(_("This translation was already started."))
    translation = source.get_latest_revision_as_object().copy_for_translation(locale)
    try:
        with transaction.atomic():
            translation.save()
    except IntegrityError as error:
        raise ValidationError(_("This translation was already started.")) from error
    translation.save_revision(user=user, log_action="wagtail.create", clean=False)
    return translation


@transaction.atomic
def mark_in_line(
    *, user, translation: EditorialSnippet, number: int, knowingly: bool = False
) -> TranslationMark:
    """Record that ``user`` vouches that ``translation`` says what version ``number`` says.

    That is about its latest draft, which is what somebody reads beside the source; so it may be
    said before the translation is published, and publishing stays a decision of its own. Raises
    ``ValidationError`` for the source itself, for a version that there is not, while the draft
    lacks parts of it, for nobody can have compared those, and ``NotTranslatedError`` while parts of
    it are not translated; but ``knowingly`` says that they are right as they are.
    """
    source, *others = overview(translation).columns
    own = next((one for one in others if one.item and one.item.pk == translation.pk), None)
    if own is None:
        raise ValidationError(_("This is the source of the translations."))
    versions = versions_of([source.item])
    if number not in versions.dates[source.item.pk]:
        raise ValidationError(_("There is no such version."))
    (content,) = versions.contents([(source.item.pk, number)]).values()
    if {part.key for part, _parent in content.walk()} - {
        part.key for part, _parent in own.draft.walk()
    }:
        raise ValidationError(_("Parts are missing. Add them to the draft first."))
    if own.untranslated and not knowingly:
        raise NotTranslatedError(own.untranslated)
    mark, _created = TranslationMark.objects.update_or_create(
        **{MARK_FIELDS[type(translation)]: translation},
        defaults={
            "source_number": number,
            "at": timezone.now(),
            "by": user,
            "by_name": name_of(user),
        },
    )
    return mark


@transaction.atomic
def take_mark_back(*, translation: EditorialSnippet) -> None:
    """Forget up to which version somebody vouched for ``translation``, as if nobody ever had."""
    marks = TranslationMark.objects.filter(**{MARK_FIELDS[type(translation)]: translation})
    if not marks.delete()[0]:
        raise ValidationError(_("Nobody said of this translation that it is in line."))


@transaction.atomic
def add_missing_parts(*, user, translation: EditorialSnippet) -> int:
    """Add to the draft of ``translation`` the parts that its source has published and it lacks.

    They come with the key and the words of the source, where the source has them; an editor could
    not add them, for a part made by hand gets a key of its own. Returns how many were added.
    """
    source = columns_of(translation, [])[0].item
    content = _published(source)
    draft = take_draft(item=translation, user=user)
    shape = SHAPES[type(draft)]
    sections = [(section, items) for section, items in sections_of(draft)]
    known = {str(part.key) for section, items in sections for part in (section, *items)}
    added = 0
    homes = {str(section.key): items for section, items in sections}
    previous = None
    for part in content.children if content else ():
        if part.key not in known:
            section = _row(shape.section_model, part)
            at = _after(sections, previous, lambda pair: str(pair[0].key))
            sections.insert(at, (section, []))
            homes[part.key] = sections[at][1]
            added += 1
        previous = part.key
        before = None
        for item in part.children:
            # What moved in the source stays where the translation has it.
            if item.key not in known:
                items = homes.get(part.key, [])
                at = _after(items, before, lambda row: str(row.key))
                items.insert(at, _row(shape.item_model, item))
                added += 1
            before = item.key
    if added:
        put_sections(draft, sections)
        save_draft(draft=draft, user=user)
    return added


def _published(item: EditorialSnippet) -> Content | None:
    """What the latest version of ``item`` says, or None."""
    versions = versions_of([item])
    dates = versions.dates[item.pk]
    return versions.contents([(item.pk, max(dates))])[item.pk, max(dates)] if dates else None


@transaction.atomic
def remove_gone_parts(*, user, translation: EditorialSnippet) -> int:
    """Take out of the draft of ``translation`` what its source no longer has; return how much.

    What the source has in another section now goes there. Ratings keep their words in the versions
    that were published.
    """
    source = columns_of(translation, [])[0]
    published = _published(source.item)
    if published is None or source.item.pk == translation.pk:
        return 0
    homes = {}
    for content in (source.draft, published):
        for section in content.children:
            homes[section.key] = None
            homes |= {item.key: section.key for item in section.children}
    draft = take_draft(item=translation, user=user)
    sections = sections_of(draft)
    by_key = {str(section.key): items for section, items in sections}
    kept, removed = [], 0
    for _section, items in sections:
        removed += sum(str(item.key) not in homes for item in items)
        items[:] = [item for item in items if str(item.key) in homes]
    for section, items in sections:
        if str(section.key) not in homes:
            for item in list(items):
                home = by_key.get(homes[str(item.key)])
                if home is not None:
                    items.remove(item)
                    home.append(item)
            if not items:
                removed += 1
                continue
        kept.append((section, items))
    if removed:
        put_sections(draft, kept)
        save_draft(draft=draft, user=user)
    return removed


def _after(things: list, key: str | None, key_of) -> int:
    """Where to insert in ``things`` what comes after the one of ``key``; at the end if unknown."""
    if key is None:
        return 0
    return next((n for n, thing in enumerate(things, start=1) if key_of(thing) == key), len(things))


def _row(model, part: Part):
    """A new row of ``model`` that says what ``part`` says, under the same key."""
    names = {field.name for field in model._meta.fields}
    values = {name: text for name, text in part.texts().items() if name in names}
    if isinstance(part, CompetencyContent):
        values["descriptors"] = dict(part.descriptors)
    return model(key=part.key, **values)
