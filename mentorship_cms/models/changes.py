"""The latest published changes of pages: versions, each with the page that shows it."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import reduce
from operator import or_

from django.core.cache import caches
from django.db import connections
from django.db.models import Q
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext, override

from .. import __version__, conf
from ..differences import compare
from ..feeds import Feed, feed_response, stable_id
from .versions import FrameworkVersion, RoleVersion, Version

_COUNTS = "mentorship_cms/components/change_counts.html"
_SUMMARY = "mentorship_cms/components/change_summary.html"
_LINE_ENDS = re.compile(r"\n\s*")
#: When a feed without entries changed, of a page that was never published in Wagtail.
_BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class PublishedChange:
    """A version with the page that shows it.

    ``counts`` is a list in HTML of what changed since the version before, as phrases; empty
    until :func:`with_counts`, and for a first version.
    """

    page: object
    version: Version
    counts: str = ""

    @property
    def path(self) -> str:
        """Where the page says what changed, beneath its own address."""
        number = self.version.number
        return f"changes/{number - 1}-{number}/" if number > 1 else f"versions/{number}/"

    @property
    def id(self) -> str:
        """The id of its entry in a feed: the same in every feed and under any host name."""
        subject = getattr(self.page, self.page.subject_field)
        return stable_id(
            self.version._meta.model_name,
            subject.translation_key,
            self.version.language,
            self.version.number,
        )


def latest_changes(pages: Iterable, limit: int) -> list[PublishedChange]:
    """Return the latest versions that ``pages`` show, newest first, in two queries.

    What two pages show is told of the first. The caller leaves out pages whose snippet is not
    published, or that not everybody may read.
    """
    found = []
    for model in (RoleVersion, FrameworkVersion):
        shown = {}
        for page in pages:
            if page.version_model is model:
                shown.setdefault(getattr(page, f"{page.subject_field}_id"), page)
        if not shown:
            continue
        subject = model.subject_field
        # Rows are written as they are published, so their keys have the order of their dates.
        # The keys are sought apart, lest the database sort rows with a whole document in each.
        newest = model.objects.filter(**{f"{subject}__in": list(shown)}).order_by("-pk")
        keys = newest.values("pk")[:limit]
        if not connections[newest.db].features.allow_sliced_subqueries_with_in:
            keys = [row["pk"] for row in keys]
        found += [
            PublishedChange(shown[getattr(version, f"{subject}_id")], version)
            for version in model.objects.listed().filter(pk__in=keys)
        ]
    found.sort(key=lambda change: (change.version.published_at, change.version.pk), reverse=True)
    return found[:limit]


def with_counts(changes: list[PublishedChange]) -> list[PublishedChange]:
    """Return ``changes`` with their counts, kept under the version: neither ever changes."""
    seconds = conf.get("BODY_CACHE_SECONDS")
    cache = caches[conf.get("CACHE_ALIAS")]
    names = {_name_of(change.version): change for change in changes}
    counts = cache.get_many(names) if seconds else {}
    missing = {name: change for name, change in names.items() if name not in counts}
    if missing:
        made = dict(zip(missing, _render_counts(list(missing.values())), strict=True))
        if seconds:
            cache.set_many(made, seconds)
        counts |= made
    return [
        replace(change, counts=mark_safe(counts[name]))  # noqa: S308 - rendered by a template
        for name, change in names.items()
    ]


def _name_of(version: Version) -> str:
    values = [version._meta.label, version.pk, version.digest, __version__, get_language()]
    return "mentorship_cms.counts." + hashlib.sha256(json.dumps(values).encode()).hexdigest()


def _render_counts(changes: list[PublishedChange]) -> list[str]:
    """Render the counts of each change, with one query for each kind of version."""
    wanted = defaultdict(lambda: defaultdict(set))
    for change in changes:
        version = change.version
        subject_id = getattr(version, f"{version.subject_field}_id")
        if version.number > 1:
            wanted[type(version)][subject_id] |= {version.number - 1, version.number}
    contents = {}
    for model, subjects in wanted.items():
        subject = model.subject_field
        rows = reduce(
            or_, (Q(**{subject: pk, "number__in": numbers}) for pk, numbers in subjects.items())
        )
        for pk, number, document in model.objects.filter(rows).values_list(
            subject, "number", "document"
        ):
            contents[model, pk, number] = model.content_class.from_document(document)
    rendered = []
    for change in changes:
        version = change.version
        key = type(version), getattr(version, f"{version.subject_field}_id")
        old, new = contents.get((*key, version.number - 1)), contents.get((*key, version.number))
        difference = compare(old, new) if old and new else None
        rendered.append(_render(_COUNTS, {"difference": difference}) if difference else "")
    return rendered


def _render(template: str, context: dict) -> str:
    # Without the indentation of the template, which would be most of an entry.
    return _LINE_ENDS.sub("", render_to_string(template, context))


def _full_url(page, request) -> str:
    """The address of ``page`` as the reader knows the site, with its host."""
    return request.build_absolute_uri(page.get_url(request))


def changes_feed(page, request, changes: list[PublishedChange], *, path: str = "") -> HttpResponse:
    """Answer with ``changes`` in a feed of ``page``, which lists them at ``path`` beneath it."""
    language = page.language_code
    addresses = [_full_url(change.page, request) for change in changes]
    own = _full_url(page, request)
    url, feed_url = f"{own}{path}", f"{own}feed/"

    def make():
        feed = Feed(
            title=gettext("%(title)s: changes") % {"title": page.title},
            link=url,
            description=None,
            language=language,
            # For what was published without a person, such as by the site's schedule.
            author_name=page.title,
            feed_url=feed_url,
            feed_guid=stable_id("changes", page.translation_key, language),
            updated=page.last_published_at or _BEFORE_ALL,
        )
        for change, address in zip(with_counts(changes), addresses, strict=True):
            version = change.version
            feed.add_item(
                title=gettext("%(title)s: version %(number)s")
                % {"title": change.page.title, "number": version.number},
                link=address + change.path,
                description=_render(_SUMMARY, {"change": change}),
                unique_id=change.id,
                author_name=version.published_by_name or None,
                pubdate=version.published_at,
                updateddate=version.published_at,
            )
        return feed

    shown = [
        [change.id, change.page.title, address]
        for change, address in zip(changes, addresses, strict=True)
    ]
    with override(language):
        return feed_response(
            request,
            key=[page.title, url, feed_url, language, shown],
            updated=changes[0].version.published_at if changes else None,
            make=make,
        )
