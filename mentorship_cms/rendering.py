"""Rendered bodies: a version never changes, so what it looks like is kept under its name."""

import hashlib
import json
import re

from django.core.cache import caches
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

from . import __version__, conf

_INDENTATION = re.compile(r"\n\s+")


def cached_body(template: str, context: dict, *, key: list, request, use_cache: bool = True) -> str:
    """Render ``template`` with ``context``, or return what was rendered under ``key`` before.

    ``key`` lists everything that the result depends on, as JSON values; the language and the
    version of the plugin are added. ``context`` holds lazy objects where making a value costs
    queries, so that they are only made when rendering. The template must show nothing that
    depends on the person who reads.
    """
    seconds = conf.get("BODY_CACHE_SECONDS")

    def render():
        # The indentation of the templates is a fifth of a long page.
        return _INDENTATION.sub("\n", render_to_string(template, context, request=request))

    if not use_cache or not seconds:
        return mark_safe(render())  # noqa: S308 - rendered by a template
    text = json.dumps([template, __version__, get_language(), *key], default=str)
    name = "mentorship_cms.body." + hashlib.sha256(text.encode()).hexdigest()
    cache = caches[conf.get("CACHE_ALIAS")]
    body = cache.get(name)
    if body is None:
        body = render()
        cache.set(name, body, seconds)
    return mark_safe(body)  # noqa: S308 - rendered by a template
