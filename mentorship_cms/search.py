"""Single competencies and responsibilities for the intranet's own search.

Role and framework pages are found by any search of pages; this leads to the right place on them.
"""

import re
from dataclasses import dataclass

from django.utils.text import Truncator
from django.utils.translation import get_language
from wagtail.models import Locale
from wagtail.search.backends import get_search_backend

from .models import Competency, FrameworkPageMixin, Responsibility, RolePageMixin, concrete_pages

#: How many hits are looked at before those of other languages and of drafts are left out.
CANDIDATES = 200

_MARKS = re.compile(r"[^\w\s-]")


@dataclass(frozen=True)
class Hit:
    """One competency or responsibility; ``url`` leads to its place on the page."""

    title: str
    url: str
    excerpt: str
    kind: str
    page_title: str


def find(query: str, *, request=None, language: str | None = None, limit: int = 20) -> list[Hit]:
    """Return published competencies and responsibilities that match ``query``, best first.

    Only what ``request`` may read is returned; without a request, what everybody may read.
    ``language`` is a language code, by default the active one.
    """
    # Marks mean something to search backends; a lone quote is an error to SQLite's.
    query = _MARKS.sub(" ", query).strip()
    locale = _locale(language or get_language())
    if not query or locale is None:
        return []
    competencies = _hits(
        query,
        Competency,
        root="area__framework",
        filters={"area__framework__live": True, "area__framework__locale": locale},
        mixin=FrameworkPageMixin,
        subject="framework_id",
        texts=lambda item: (str(item), item.criterion),
        request=request,
    )
    responsibilities = _hits(
        query,
        Responsibility,
        root="group__role_description",
        filters={
            "group__role_description__live": True,
            "group__role_description__locale": locale,
        },
        mixin=RolePageMixin,
        subject="role_description_id",
        texts=lambda item: (item.text, item.explanation),
        request=request,
    )
    return [*competencies, *responsibilities][:limit]


def _locale(code: str) -> Locale | None:
    for candidate in (code, code.split("-")[0]):
        locale = Locale.objects.filter(language_code=candidate).first()
        if locale is not None:
            return locale
    return None


def _hits(query, model, *, root, filters, mixin, subject, texts, request) -> list[Hit]:
    found = get_search_backend().search(query, model)[:CANDIDATES]
    ranked = [item.pk for item in found]
    if not ranked:
        return []
    items = model.objects.select_related(root).filter(pk__in=ranked, **filters).in_bulk()
    public = [items[pk] for pk in ranked if pk in items]
    pages = _readable_pages(mixin, subject, {_root_id(item) for item in public}, request)
    hits = []
    for item in public:
        page = pages.get(_root_id(item))
        if page is None:
            continue
        title, text = texts(item)
        hits.append(
            Hit(
                title=title,
                url=f"{page.get_url(request)}#{item.content().anchor}",
                excerpt=Truncator(text).words(30),
                kind=str(model._meta.verbose_name),
                page_title=page.title,
            )
        )
    return hits


def _root_id(item) -> int:
    return item.ledger_root().pk


def _readable_pages(mixin, subject, ids, request) -> dict:
    """The first live page of each snippet that the request may read, by the snippet's id."""
    pages = {}
    for model in concrete_pages(mixin):
        for page in model.objects.live().filter(**{f"{subject}__in": ids}).order_by("path"):
            if getattr(page, subject) not in pages and _may_read(page, request):
                pages[getattr(page, subject)] = page
    return pages


def _may_read(page, request) -> bool:
    restrictions = page.get_view_restrictions()
    if request is None:
        return not restrictions.exists()
    return all(restriction.accept_request(request) for restriction in restrictions)
