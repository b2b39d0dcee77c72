"""Who gets what of the addresses in ``admin/arrange.py``, by the name of the address."""

from .rows import EDITORS, Row

ROWS = {
    # An empty POST has no list: the page again, with what is asked.
    "paste": Row(get=EDITORS, post=EDITORS),
    # An empty POST names no draft that it was made from: refused on the same page.
    "arrange": Row(get=EDITORS, post=EDITORS, kinds=("framework",)),
}
