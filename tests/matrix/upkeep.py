"""Who gets what of the addresses in ``admin/upkeep.py``, by the name of the address."""

from tests.matrix.rows import EDITORS, NO_METHOD, Row

#: An empty form is the page again, with what is missing.
ROWS = {
    "upkeep": Row(get=EDITORS, post=EDITORS, kinds=("framework", "role", "page")),
    "upkeep_report": Row(get=EDITORS, post=NO_METHOD, kinds=()),
    "upkeep_report_results": Row(get=EDITORS, post=NO_METHOD, kinds=()),
}
