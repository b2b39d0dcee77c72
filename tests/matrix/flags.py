"""Who gets what of the addresses in ``admin/flags.py``, by the name of the address."""

import uuid

from django.contrib.auth import get_user_model

from mentorship_cms.models import CompetencyFramework, RoleDescription
from mentorship_cms.services import flags
from tests.matrix.rows import ACT, EDITORS, NO_METHOD, Row


def _asked(item):
    """A question of a reader about the item; of a page there are none."""
    if not isinstance(item, (CompetencyFramework, RoleDescription)):
        return {"flag": uuid.uuid4()}
    version = item.versions.first()
    flag = flags.ask(
        user=get_user_model().objects.get(username="reader"),
        version=version,
        part_key=next(iter(flags.parts_of(version.content))),
        sentence="What does this mean?",
    )
    return {"flag": flag.public_id}


ROWS = {
    "questions": Row(get=EDITORS, post=NO_METHOD),
    # An empty answer is sent back with what is missing.
    "question": Row(get=ACT, post=EDITORS, arguments=_asked),
}
