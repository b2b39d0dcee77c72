"""Tags and filters of the plugin's public templates: names for parts, and differences in words."""

import re
from functools import cache

from django import template
from django.utils.html import escape, format_html, linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from ..choices import CompetencyKind, Role
from ..differences import Difference, PartChange, Segment, TextChange
from ..structures import (
    AreaContent,
    CompetencyContent,
    Content,
    GroupContent,
    LevelContent,
    Part,
    ResponsibilityContent,
)

register = template.Library()

DESCRIPTOR_PREFIX = "descriptor:"

#: What a reader calls each text of a part.
FIELD_LABELS = {
    "title": _("Title"),
    "occupation": _("Occupation"),
    "introduction": _("Introduction"),
    "scale_title": _("Title of the rating scale"),
    "scale_description": _("Description of the rating scale"),
    "label": _("Label"),
    "description": _("Description"),
    "code": _("Code"),
    "kind": _("Kind"),
    "criterion": _("Criterion"),
    "text": _("Responsibility"),
    "explanation": _("Explanation"),
    "summary": _("Summary"),
    "role": _("Role"),
}

#: Fields that hold a value to choose, with the names of the values.
CHOICES = {"kind": CompetencyKind, "role": Role}

PART_LABELS = {
    AreaContent: _("Area"),
    CompetencyContent: _("Competency"),
    GroupContent: _("Responsibility group"),
    ResponsibilityContent: _("Responsibility"),
    LevelContent: _("Level"),
}

#: What happened to how many parts, in the order in which it is told.
COUNTS = {
    (Content, "reworded"): ngettext_lazy(
        "%(count)d general text reworded", "%(count)d general texts reworded", "count"
    ),
    (CompetencyContent, "added"): ngettext_lazy(
        "%(count)d competency added", "%(count)d competencies added", "count"
    ),
    (CompetencyContent, "removed"): ngettext_lazy(
        "%(count)d competency removed", "%(count)d competencies removed", "count"
    ),
    (CompetencyContent, "moved"): ngettext_lazy(
        "%(count)d competency moved", "%(count)d competencies moved", "count"
    ),
    (CompetencyContent, "recoded"): ngettext_lazy(
        "%(count)d competency with another code",
        "%(count)d competencies with another code",
        "count",
    ),
    (CompetencyContent, "reworded"): ngettext_lazy(
        "%(count)d competency reworded", "%(count)d competencies reworded", "count"
    ),
    (AreaContent, "added"): ngettext_lazy("%(count)d area added", "%(count)d areas added", "count"),
    (AreaContent, "removed"): ngettext_lazy(
        "%(count)d area removed", "%(count)d areas removed", "count"
    ),
    (AreaContent, "moved"): ngettext_lazy("%(count)d area moved", "%(count)d areas moved", "count"),
    (AreaContent, "recoded"): ngettext_lazy(
        "%(count)d area with another code", "%(count)d areas with another code", "count"
    ),
    (AreaContent, "reworded"): ngettext_lazy(
        "%(count)d area reworded", "%(count)d areas reworded", "count"
    ),
    (ResponsibilityContent, "added"): ngettext_lazy(
        "%(count)d responsibility added", "%(count)d responsibilities added", "count"
    ),
    (ResponsibilityContent, "removed"): ngettext_lazy(
        "%(count)d responsibility removed", "%(count)d responsibilities removed", "count"
    ),
    (ResponsibilityContent, "moved"): ngettext_lazy(
        "%(count)d responsibility moved", "%(count)d responsibilities moved", "count"
    ),
    (ResponsibilityContent, "reworded"): ngettext_lazy(
        "%(count)d responsibility reworded", "%(count)d responsibilities reworded", "count"
    ),
    (GroupContent, "added"): ngettext_lazy(
        "%(count)d responsibility group added", "%(count)d responsibility groups added", "count"
    ),
    (GroupContent, "removed"): ngettext_lazy(
        "%(count)d responsibility group removed",
        "%(count)d responsibility groups removed",
        "count",
    ),
    (GroupContent, "moved"): ngettext_lazy(
        "%(count)d responsibility group moved", "%(count)d responsibility groups moved", "count"
    ),
    (GroupContent, "reworded"): ngettext_lazy(
        "%(count)d responsibility group reworded",
        "%(count)d responsibility groups reworded",
        "count",
    ),
    (LevelContent, "added"): ngettext_lazy(
        "%(count)d level added", "%(count)d levels added", "count"
    ),
    (LevelContent, "removed"): ngettext_lazy(
        "%(count)d level removed", "%(count)d levels removed", "count"
    ),
    (LevelContent, "moved"): ngettext_lazy(
        "%(count)d level moved", "%(count)d levels moved", "count"
    ),
    (LevelContent, "reworded"): ngettext_lazy(
        "%(count)d level reworded", "%(count)d levels reworded", "count"
    ),
}


@register.simple_tag
def section_anchor(block, position: int) -> str:
    """The fragment that leads to a block of the body; it stays when the block is moved."""
    return f"section-{(block.id or str(position))[:8]}"


@register.filter
def raise_headings(html) -> SafeString:
    """Rich text whose first rank of headings is the page's second: for text without a heading."""
    return mark_safe(re.sub(r"<(/?)h3\b", r"<\1h2", str(html)))  # noqa: S308 - only renames tags


@register.filter
def telephone(number: str) -> str:
    """A telephone number as an address to call."""
    digits = re.sub(r"[^\d+]", "", number.replace("(0)", ""))
    return f"tel:{digits}"


@register.filter
def kind_label(kind: str) -> str:
    """What a reader calls a kind of competency."""
    return _kind_label(kind, get_language())


@cache
def _kind_label(kind: str, language: str) -> str:
    return str(_choice_label("kind", kind))


@register.filter
def part_label(part: Part) -> str:
    """What a reader calls a part of this sort."""
    return PART_LABELS[type(part)]


@register.filter
def part_code(part: Part) -> str:
    """The code of an area or competency, the number of a level, or nothing."""
    return str(part.number) if isinstance(part, LevelContent) else getattr(part, "code", "")


@register.filter
def part_name(part: Part) -> str:
    """The words a part is known by."""
    if isinstance(part, LevelContent):
        return part.label
    return part.text if isinstance(part, ResponsibilityContent) else part.title


@register.filter
def part_text(part: Part) -> str:
    """The words that say more about a part than its name."""
    for field in ("criterion", "explanation", "description"):
        if hasattr(part, field):
            return getattr(part, field)
    return ""


@register.filter
def paragraphs(text: str) -> SafeString:
    """As Django's ``linebreaks``, without its work for the many texts of a single line."""
    if "\n" in text:
        return mark_safe(linebreaks(text, autoescape=True))  # noqa: S308 - escapes
    return mark_safe(f"<p>{escape(text)}</p>")  # noqa: S308 - escaped


@register.simple_tag
def level_descriptors(competency: CompetencyContent, levels: tuple[LevelContent, ...]):
    """The items of a competency's list of level descriptors.

    Made here, not in a template: they are most of a long page, and of the time it takes.
    """
    texts = dict(competency.descriptors)
    return mark_safe(  # noqa: S308 - every text is escaped
        "\n".join(
            '<div class="mentorship-descriptors__item">'
            f'<dt><span class="mentorship-descriptors__number">{level.number}</span> '
            f"<span>{escape(level.label)}</span></dt>"
            f"<dd>{paragraphs(texts[level.key])}</dd></div>"
            for level in levels
            if texts.get(level.key)
        )
    )


@register.filter
def described_levels(competency: CompetencyContent, levels: tuple[LevelContent, ...]) -> list:
    """Each level with what it looks like for this competency, or ""."""
    texts = dict(competency.descriptors)
    return [(level, texts.get(level.key, "")) for level in levels]


@register.simple_tag
def part_anchor(part: Part) -> SafeString:
    """A link to a part on its page, to copy."""
    return format_html(
        '<a class="mentorship-anchor" href="#{}" data-mentorship-copy>'
        '<span aria-hidden="true">#</span>'
        '<span class="mentorship-visually-hidden">{}</span></a>',
        part.anchor,
        _link_words(get_language()) % {"name": part_name(part)},
    )


@cache
def _link_words(language: str) -> str:
    # Translated once for each language: a page has a hundred of them.
    return gettext("Link to “%(name)s”")


@register.simple_tag
def field_label(field: str, *contents) -> str:
    """What a reader calls the text ``field``; a level descriptor by its level.

    ``contents`` are those in which to look for the level, in this order.
    """
    if not field.startswith(DESCRIPTOR_PREFIX):
        return FIELD_LABELS.get(field, field)
    key = field.removeprefix(DESCRIPTOR_PREFIX)
    for content in contents:
        for level in getattr(content, "levels", ()):
            if level.key == key:
                return _("Level %(number)s: %(label)s") % {
                    "number": level.number,
                    "label": level.label,
                }
    return _("Level descriptor")


@register.filter
def change_segments(change: TextChange) -> tuple[Segment, ...]:
    """The words of a change, with the white space around them outside the marks.

    A value to choose changes as a whole, under its name.
    """
    segments = change.segments
    if change.field in CHOICES:
        segments = [
            Segment(op, str(_choice_label(change.field, value)))
            for op, value in (("removed", change.old), ("added", change.new))
            if value
        ]
    shown = []
    for segment in segments:
        words = segment.text.strip()
        if segment.op == "same" or not words:
            shown.append(Segment("same", segment.text))
            continue
        if segment.op == "added" and shown and shown[-1].op == "removed":
            shown.append(Segment("same", " "))
        before, after = segment.text.split(words, 1)
        parts = [Segment("same", before), Segment(segment.op, words), Segment("same", after)]
        shown += [part for part in parts if part.text]
    return tuple(shown)


@register.filter
def change_counts(difference: Difference) -> list[str]:
    """What changed, as phrases such as "2 competencies added"."""
    counts = dict.fromkeys(COUNTS, 0)
    counts[Content, "reworded"] = len(difference.texts)
    for change in (*difference.parts, *difference.levels):
        for happening in happenings(change):
            counts[type(change.part), happening] += 1
    return [COUNTS[kind] % {"count": count} for kind, count in counts.items() if count]


@register.filter
def change_groups(difference: Difference) -> list[tuple[str, object, list[PartChange]]]:
    """The changes of parts under what happened to them; one that moved and was reworded twice.

    Each group is a name for styling, a heading and the changes.
    """
    headings = {
        "added": _("Added"),
        "removed": _("Removed"),
        "moved": _("Moved"),
        "recoded": _("Another code"),
        "reworded": _("Reworded"),
    }
    changes = [(change, happenings(change)) for change in difference.parts]
    groups = [
        (name, heading, [change for change, names in changes if name in names])
        for name, heading in headings.items()
    ]
    return [group for group in groups if group[2]]


def happenings(change: PartChange) -> list[str]:
    """Everything that happened to one part."""
    if change.old is None:
        return ["added"]
    if change.new is None:
        return ["removed"]
    happened = {
        "moved": change.moved,
        "recoded": change.recoded is not None,
        "reworded": bool(change.reworded),
    }
    return [name for name, it_did in happened.items() if it_did]


def _choice_label(field: str, value: str):
    return capfirst(dict(CHOICES[field].choices).get(value, value))
