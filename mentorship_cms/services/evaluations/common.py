"""What the acts on an evaluation share: the right to it, the lock, the checks of texts."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ...choices import Act
from ...models.evaluations import LONGEST_TEXT
from ...permissions import EvaluationAccess, NotVisible, evaluation_for
from ...records import acting
from ..errors import StaleError


def refuse(message):
    """Raise a ``ValidationError``: a message, or messages by the name of the field."""
    raise ValidationError(message)


def opened(user, evaluation_id, right: str) -> EvaluationAccess:
    """The evaluation, locked, for an act that ``right`` of the access allows.

    Who takes no part gets ``NotVisible``, whatever the state; who does learns why it cannot be.
    """
    access = evaluation_for(user, evaluation_id, lock=True)
    if not getattr(access, right):
        if right in PARTS and not PARTS[right](access):
            raise NotVisible
        refuse(
            _("This cannot be done now: the evaluation is “%(state)s”.")
            % {"state": access.evaluation.get_state_display()}
        )
    return access


#: Who takes part in an act, whatever the state the evaluation is in.
PARTS = {
    "may_write_sheet": lambda access: access.side is not None,
    "may_edit_details": lambda access: access.access.acts_as_mentor,
    "may_discard": lambda access: access.access.acts_as_mentor,
    "may_move": lambda access: access.access.acts_as_mentor,
    "may_reveal": lambda access: access.access.acts_as_mentor,
    "may_talk": lambda access: access.access.acts_as_mentor or access.access.is_mentee,
    "may_record_missing": lambda access: access.access.acts_as_mentor,
    "may_correct": lambda access: access.access.acts_as_mentor,
    "signing_role": lambda access: access.access.may_read_record and access.takes_part,
}


def recorded(access: EvaluationAccess, act: Act, reason: str = ""):
    """Record every save inside as this act of the person, in their capacity."""
    return acting(act, user=access.user, capacity=access.access.capacity, reason=reason)


def check_text(name, text):
    """Return ``text``; refuse what is too long or cannot be kept, under ``name``."""
    if len(text) > LONGEST_TEXT:
        refuse(
            {
                name: _("This text has %(length)s characters; %(limit)s is the most that fits.")
                % {"length": len(text), "limit": LONGEST_TEXT}
            }
        )
    if "\x00" in text:
        refuse({name: _("This text holds a character that cannot be kept.")})
    return text


def check_revision(evaluation, revision, changed):
    """Refuse a form that was opened before somebody else saved; else count this save."""
    if evaluation.revision != revision:
        raise StaleError({name: getattr(evaluation, name) for name in changed})
    evaluation.revision += 1
