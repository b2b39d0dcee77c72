"""Feeds in Atom (RFC 4287): what a program that follows changes needs, and HTTP around it."""

import hashlib
import json
import re
import uuid
from collections.abc import Callable
from datetime import datetime

from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.feedgenerator import Atom1Feed
from django.utils.http import http_date, quote_etag

from . import __version__

#: What all names of feeds and entries are derived from. Another one would make them all new.
_NAMES = uuid.UUID("9f1f0a4e-6a0b-5d0e-8a53-0c3b1f1d7c52")
#: Characters that XML cannot hold, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def stable_id(*words) -> str:
    """Return an id for a feed or an entry: the same for the same words, on any host name."""
    return uuid.uuid5(_NAMES, json.dumps(words, default=str)).urn


class Feed(Atom1Feed):
    """As Django's, but ``updated`` of a feed without entries does not change by itself, and
    texts may hold what XML cannot."""

    def __init__(self, *, updated: datetime, **fields):
        super().__init__(**_without_controls(fields))
        self.updated = updated

    def add_item(self, **fields):
        """Add an entry; ``description`` is HTML."""
        super().add_item(**_without_controls(fields))

    def latest_post_date(self) -> datetime:
        """Return when the newest entry was published, or else the moment the feed was given."""
        return super().latest_post_date() if self.items else self.updated


def _without_controls(fields: dict) -> dict:
    return {
        name: _NOT_XML.sub("", value) if isinstance(value, str) else value
        for name, value in fields.items()
    }


def feed_response(
    request, *, key: list, updated: datetime | None, make: Callable[[], Feed]
) -> HttpResponse:
    """Answer with what ``make`` returns, or that nothing changed since the reader last asked.

    ``key`` lists everything that the feed depends on, as JSON values; ``updated`` is when its
    newest entry was published. The feed is not made for somebody who has it.
    """
    digest = hashlib.sha256(json.dumps([__version__, *key], default=str).encode()).hexdigest()
    etag = quote_etag(digest)
    seconds = int(updated.timestamp()) if updated else None
    response = get_conditional_response(request, etag=etag, last_modified=seconds)
    if response is None:
        feed = make()
        response = HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)
    response["ETag"] = etag
    if seconds is not None:
        response["Last-Modified"] = http_date(seconds)
    return response
