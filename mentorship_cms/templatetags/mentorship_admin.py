"""Tags and filters of the plugin's own pages in the admin, and of what previews tell it."""

import re

from django import template
from django.utils.html import format_html
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext

from ..services import content_checks
from ..structures import Part
from .mentorship import (
    CHOICES,
    DESCRIPTOR_PREFIX,
    field_label,
    part_code,
    part_label,
    part_name,
)

register = template.Library()

#: What a part is known by, or a value to choose; all other texts say more about it.
_NAMES = ("title", "text", "code", "scale_title", "scale_description", *CHOICES)


@register.filter
def at(things, index: int):
    """The thing at a place, counted from 0."""
    return things[index]


@register.filter
def listed(things) -> str:
    """The things in a sentence: "1, 2 and 3"."""
    return get_text_list([str(thing) for thing in things], gettext("and"))


@register.filter
def further_texts(part: Part) -> list[str]:
    """The texts of a part beside its name, without level descriptors."""
    return [
        text
        for name, text in part.texts().items()
        if text and name not in _NAMES and not name.startswith(DESCRIPTOR_PREFIX)
    ]


@register.simple_tag
def descriptor_label(key: str, *contents) -> str:
    """What a reader calls the level of that key."""
    return field_label(DESCRIPTOR_PREFIX + key, *contents)


@register.simple_tag
def lacking_text(name: str, *contents) -> str:
    """What a reader calls a text that is still empty."""
    return field_label(name, *contents)


@register.simple_tag(takes_context=True)
def content_check_marks(context, part: Part) -> str:
    """Attributes that tell Wagtail's content checks what to look at again in a part.

    The checks name an element by its id; so that is the name of the part. Nothing but in the
    preview of a draft: published pages hold no such attribute.
    """
    page = context.get("page")
    content = getattr(page, "draft_content", None)
    if content is None:
        return ""
    known = context.render_context
    if "mentorship_checks" not in known:
        found: dict[str, list[str]] = {}
        for problem in content_checks.check(content, page.language_code):
            codes = found.setdefault(getattr(problem.part, "key", ""), [])
            if problem.code not in codes:
                codes.append(problem.code)
        known["mentorship_checks"] = found
    codes = known["mentorship_checks"].get(getattr(part, "key", ""))
    if not codes:
        return ""
    ids = known.setdefault("mentorship_check_ids", set())
    # Spaces that do not break: others would end the id, and signs would be shown with slashes.
    words = f"{part_label(part)} {part_code(part)} {part_name(part)}"
    name = base = re.sub(r"\W+", "\N{NO-BREAK SPACE}", capfirst(words))[:80].strip()
    while name in ids:
        name = f"{base}\N{NO-BREAK SPACE}{len(ids) + 1}"
    ids.add(name)
    return format_html(' id="{}" data-mentorship-check="{}"', name, " ".join(codes))


@register.simple_tag
def content_problems(snippet) -> list[content_checks.Problem]:
    """What to look at again in a framework or role; nothing for a rating scale."""
    if not hasattr(snippet, "content"):
        return []
    return content_checks.check(snippet.content(), snippet.locale.language_code)
