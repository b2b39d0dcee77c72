"""Text that was sent when it could not be saved: kept on the server for its writer.

A form of the workspace carries a signed note of who writes. When it arrives from nobody who is
signed in, or after signing in anew in another window, what was typed goes to the session, and
comes back for the same person on the same page, until it is saved. Where that page can no longer
be written, the words are shown once more on the page that comes instead. Nothing is kept in the
browser.
"""

import time

from django.core import signing

SALT = "mentorship_cms.writer"
SESSION_KEY = "mentorship_cms_kept"
#: How long a text waits for its writer, in seconds.
PATIENCE = 60 * 60
#: Longest text that is kept, in characters, over all fields of a form.
MOST = 1_000_000
#: How many pages are kept; the oldest goes.
MOST_PAGES = 5
#: The address of words whose page cannot be written any more.
NO_PAGE = ""
#: What a form sends besides what somebody typed.
UNTYPED = ("csrfmiddlewaretoken", "writer")


def writer_token(user) -> str:
    """A note of who writes, for a hidden field named ``writer``."""
    return signing.dumps(str(user.pk), salt=SALT)


def keep(request) -> bool:
    """Keep what a POST holds, if it says who wrote it; return whether it will be theirs to see."""
    if request.method != "POST":
        return False
    try:
        writer = signing.loads(request.POST.get("writer", ""), salt=SALT, max_age=7 * 24 * 3600)
    except signing.BadSignature:
        return False
    if request.user.is_authenticated and writer != str(request.user.pk):
        return False
    fields = _typed(request)
    if sum(len(value) for values in fields.values() for value in values) > MOST:
        return False
    pages = _pages(request.session, writer)
    pages.pop(request.path, None)
    pages[request.path] = {"fields": fields, "at": time.time()}
    _store(request.session, writer, dict(list(pages.items())[-MOST_PAGES:]))
    return True


def kept_fields(request) -> dict[str, list[str]] | None:
    """What was kept for this person and page, by field name; None if nothing was."""
    page = _own_pages(request).get(request.path)
    return page["fields"] if page else None


def forget(request) -> None:
    """Drop what was kept for this page: it has been saved."""
    pages = _own_pages(request)
    if pages.pop(request.path, None):
        _store(request.session, str(request.user.pk), pages)


def displace(request) -> None:
    """This page cannot be written any more: what was sent, or kept for it, is shown on the next."""
    pages = _own_pages(request)
    if request.method == "POST":
        fields = _typed(request)
    else:
        fields = pages.pop(request.path, {}).get("fields")
    if fields:
        pages[NO_PAGE] = {"fields": fields, "at": time.time()}
        _store(request.session, str(request.user.pk), pages)


def displaced_words(request) -> list[str]:
    """The words whose page cannot be written any more: shown once, then gone."""
    pages = _own_pages(request)
    found = pages.pop(NO_PAGE, None)
    if found is None:
        return []
    _store(request.session, str(request.user.pk), pages)
    return words_of(found["fields"])


def words_of(fields: dict[str, list[str]]) -> list[str]:
    """What somebody typed in a form: what is no key, number or day."""
    values = [value.strip() for values in fields.values() for value in values]
    return [value for value in values if len(value.split()) > 1]


def drop_those_of_others(sender, request, user, **kwargs) -> None:
    """Signing in on a shared computer: what somebody else typed there goes."""
    found = request.session.get(SESSION_KEY)
    if found is not None and found["writer"] != str(user.pk):
        del request.session[SESSION_KEY]


def _typed(request) -> dict[str, list[str]]:
    return {name: values for name, values in request.POST.lists() if name not in UNTYPED}


def _own_pages(request) -> dict:
    return _pages(request.session, str(request.user.pk))


def _pages(session, writer) -> dict:
    """The pages that wait for this writer, by address, the newest last."""
    found = session.get(SESSION_KEY)
    if found is None or found["writer"] != writer:
        return {}
    young = time.time() - PATIENCE
    return {path: page for path, page in found["pages"].items() if page["at"] > young}


def _store(session, writer, pages):
    if pages:
        session[SESSION_KEY] = {"writer": writer, "pages": pages}
    else:
        session.pop(SESSION_KEY, None)
