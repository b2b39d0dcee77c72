"""Who gets what of the addresses in ``admin/translations.py``, by the name of the address."""

from .rows import EDITORS, Row

ROWS = {
    # An empty POST names no language: the page again.
    "translations": Row(get=EDITORS, post=EDITORS, kinds=("framework", "role", "scale")),
}
