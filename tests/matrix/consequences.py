"""Who gets what of the addresses in ``admin/consequences.py``, by the name of the address."""

from tests.matrix.rows import EDITORS, Row

#: A POST that names no draft publishes nothing: the page comes again.
ROWS = {"publish": Row(get=EDITORS, post=EDITORS, kinds=("framework", "role", "scale"))}
