"""What every page of the intranet shows around its own content."""

from django import template
from django.conf import settings
from django.urls import translate_url
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import get_language, get_language_info
from wagtail.models import Locale, Page, Site

register = template.Library()


@register.simple_tag(takes_context=True)
def navigation(context):
    """The pages beneath this language's home page that belong in menus."""
    request = context.get("request")
    site = Site.find_for_request(request) if request else None
    if site is None:
        return []
    active = Locale.get_active()
    root = site.root_page
    if root.locale_id != active.pk:
        root = root.get_translation_or_none(active) or root
    here = context.get("page")
    items = []
    for page in root.get_children().live().in_menu():
        page.href = page.get_url(request)
        page.is_here = bool(here) and here.pk == page.pk and "person" not in context
        path = getattr(here, "path", None) or ""
        page.holds_here = path.startswith(page.path) and not page.is_here
        items.append(page)
    return items


@register.simple_tag(takes_context=True)
def language_links(context):
    """For each language: where the thing on screen stands in it, or else its home page."""
    request = context.get("request")
    page = context.get("page")
    active = get_language()
    addresses = {}
    if isinstance(page, Page) and page.pk:
        translations = Page.objects.live().filter(translation_key=page.translation_key)
        suffix = context.get("language_suffix", "")
        for translation in translations.select_related("locale"):
            url = translation.get_url(request)
            if url:
                addresses[translation.locale.language_code] = url + suffix
    elif request and getattr(request, "resolver_match", None):
        path = request.get_full_path()
        addresses = {code: translate_url(path, code) for code, _ in settings.LANGUAGES}
    return [
        {
            "code": code,
            "name": get_language_info(code)["name_local"],
            "href": addresses.get(code) or f"/{code}/",
            "exact": code in addresses,
            "active": code == active,
        }
        for code, _ in settings.LANGUAGES
    ]


@register.filter
def listing_text(page):
    """A sentence or two about a page, whatever its type, for a list of results."""
    return page.search_description or getattr(page, "summary", "") or ""


@register.filter
def initials(user):
    return (user.first_name[:1] + user.last_name[:1]) or user.get_username()[:2].upper()


@register.filter
def weekday(number):
    return WEEKDAYS[number]


@register.filter
def weekday_short(number):
    return WEEKDAYS_ABBR[number]
