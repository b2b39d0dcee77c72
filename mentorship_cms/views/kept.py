"""Text that was sent after the session had ended: kept on the server for its writer.

A form of the workspace carries a signed note of who writes. When it arrives from nobody who is
signed in, what was typed goes to the new session, and comes back after signing in, for the same
person, on the same page, until it is saved. Nothing is kept in the browser.
"""

import time

from django.core import signing

SALT = "mentorship_cms.writer"
SESSION_KEY = "mentorship_cms_kept"
#: How long a text waits for its writer, in seconds.
PATIENCE = 60 * 60
#: Longest text that is kept, in characters, over all fields of a form.
MOST = 200_000


def writer_token(user) -> str:
    """A note of who writes, for a hidden field named ``writer``."""
    return signing.dumps(str(user.pk), salt=SALT)


def keep(request) -> None:
    """Keep what an anonymous POST holds, if it says who wrote it."""
    if request.method != "POST":
        return
    try:
        writer = signing.loads(request.POST.get("writer", ""), salt=SALT, max_age=7 * 24 * 3600)
    except signing.BadSignature:
        return
    fields = {
        name: values
        for name, values in request.POST.lists()
        if name not in ("csrfmiddlewaretoken", "writer")
    }
    if sum(len(value) for values in fields.values() for value in values) > MOST:
        return
    request.session[SESSION_KEY] = {
        "writer": writer,
        "path": request.path,
        "fields": fields,
        "at": time.time(),
    }


def kept_fields(request) -> dict[str, list[str]] | None:
    """What was kept for this person and page, by field name; None if nothing was."""
    found = request.session.get(SESSION_KEY)
    if found is None or found["path"] != request.path:
        return None
    if found["writer"] != str(request.user.pk) or time.time() - found["at"] > PATIENCE:
        return None
    return found["fields"]


def forget(request) -> None:
    """Drop what was kept for this page: it has been saved."""
    if request.session.get(SESSION_KEY, {}).get("path") == request.path:
        del request.session[SESSION_KEY]
