"""Rows of the access matrix: what each actor gets of an address.

One answer for each actor: ok = the page; done = sent on after an act; login = sent to sign in;
no = refused, by 404 or by Wagtail's way back to the admin's home; method = not by this method.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

ACTORS = ["anonymous", "reader", "plain_admin", "coordinator", "editor", "administrator"]

STRANGERS = {"anonymous": "login", "reader": "login", "plain_admin": "no", "coordinator": "no"}
EDITORS = {**STRANGERS, "editor": "ok", "administrator": "ok"}
#: Wagtail opens these to whoever may enter the admin. They hold titles and states only.
INSIDERS = {**EDITORS, "plain_admin": "ok", "coordinator": "ok"}
ACT = {**STRANGERS, "editor": "done", "administrator": "done"}
#: No workflow runs on these items, so there is nothing to act on for anybody.
NOBODY = {**STRANGERS, "editor": "no", "administrator": "no"}
#: The method is not for this address; who has no right learns only that.
NO_METHOD = {**STRANGERS, "editor": "method", "administrator": "method"}
NO_METHOD_FOR_INSIDERS = {**NO_METHOD, "plain_admin": "method", "coordinator": "method"}


@dataclass(frozen=True)
class Row:
    """One of the plugin's own admin pages: what GET gives, and an empty POST.

    ``kinds`` are the kinds of items it takes; none for an address about no item. ``arguments``
    returns the rest of its parameters for an item, by name.
    """

    get: dict[str, str]
    post: dict[str, str]
    kinds: tuple[str, ...] = ("framework", "role")
    arguments: Callable[[object], dict] = field(default=lambda item: {})
