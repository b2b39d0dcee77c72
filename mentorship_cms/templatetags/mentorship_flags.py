"""Links with which a reader says that something is not clear, and what the page says afterwards."""

import re
import uuid
from functools import cache
from urllib.parse import urlencode

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from ..structures import Part
from .mentorship import part_name

register = template.Library()

#: Says in an address that the page has a tab of its own, which can be closed.
OWN_TAB = "tab"
_NO_KEY = uuid.UUID(int=0)
_ANCHOR = re.compile(r"(competency|responsibility)-[0-9a-f]{8}")


@register.simple_tag
def unclear_base(kind: str, version) -> str:
    """What the addresses of the forms about the parts of ``version`` begin with.

    Nothing where the host has no workspace.
    """
    try:
        address = reverse("mentorship_cms:unclear", args=[kind, version.pk, _NO_KEY])
    except NoReverseMatch:
        return ""
    return address.removesuffix(f"{_NO_KEY}/")


@register.simple_tag
def unclear_link(part: Part, base: str) -> SafeString:
    """The link to the form about a part, for the published page: the same for everybody."""
    if not base:
        return mark_safe("")
    words = _words(get_language())
    return mark_safe(  # noqa: S308 - every text is escaped
        f'<a class="mentorship-unclear" href="{base}{part.key}/">{words["short"]}'
        f'<span class="mentorship-visually-hidden"> {escape(part_name(part))}</span></a>'
    )


@register.simple_tag
def unclear_aside(part: Part, base: str) -> SafeString:
    """The link for who is writing on a sheet: beside it, so that nothing typed is left."""
    if not base:
        return mark_safe("")
    words = _words(get_language())
    after = urlencode({"next": f"{reverse('mentorship_cms:questions')}?{OWN_TAB}=1"})
    return mark_safe(  # noqa: S308 - every text is escaped
        '<p class="mentorship-rate__unclear"><a class="mentorship-unclear" target="_blank" '
        f'rel="noopener noreferrer" href="{base}{part.key}/?{after}">{words["long"]}'
        f'<span class="mentorship-visually-hidden"> {escape(part_name(part))} '
        f"({words['window']})</span></a></p>"
    )


@cache
def _words(language: str) -> dict[str, str]:
    """The words of the links, translated once for each language: a page has a hundred of them."""
    return {
        "short": escape(gettext("Not clear?")),
        "long": escape(gettext("Not clear? Tell who keeps the framework")),
        "window": escape(gettext("opens in a new tab")),
    }


@register.simple_tag(takes_context=True)
def asked_part(context) -> str:
    """The anchor of the part that the reader just asked about, or nothing."""
    request = context.get("request")
    anchor = request.GET.get("asked", "") if request else ""
    return anchor if _ANCHOR.fullmatch(anchor) else ""
