"""Signatures: the mentor freezes the content, line manager and mentee follow."""

import uuid
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ... import conf
from ...choices import (
    MISSING_VERDICTS,
    Act,
    EvaluationState,
    Role,
    Side,
    Verdict,
)
from ...models import ActionOutcome, ActionPoint, Evaluation, Signature
from ...permissions import (
    today,
    unsigned_roles,
)
from ...records import name_of
from .. import notices
from ..content import digest_of
from ..errors import StaleError
from .common import check_text, opened, recorded, refuse


@transaction.atomic
def sign(
    *,
    user,
    evaluation_id: uuid.UUID,
    seen_digest: str,
    remark: str = "",
    disagrees: bool = False,
) -> Signature:
    """Sign in the role that the person has: first the mentor, then line manager and mentee.

    ``seen_digest`` is that of the content on the page that was signed; content that changed
    since is refused (``StaleError``). The mentor's signature freezes the content; the last one
    closes the evaluation. A mentee may disagree, which closes it all the same. Nobody signs in
    two roles: somebody else is named, or the signature is recorded as missing.
    """
    access = opened(user, evaluation_id, "signing_role")
    evaluation, role = access.evaluation, access.signing_role
    check_text("remark", remark)
    if disagrees and role != Role.MENTEE:
        refuse({"disagrees": _("Only the mentee can disagree.")})
    signatures = evaluation.signatures.all()
    if role not in unsigned_roles(signatures):
        refuse(_("This is signed already."))
    if access.signed_as(signatures):
        # Whoever was given another role meanwhile.
        refuse(_("You signed this in another role already, and nobody signs it twice."))
    if role == Role.MENTOR:
        _check_ready(evaluation)
    digest = digest_of(evaluation)
    if digest != seen_digest:
        raise StaleError({})
    if evaluation.is_frozen and digest != evaluation.digest:
        refuse(_("What is stored is not what the mentor signed. Tell the coordinator."))
    with recorded(access, Act.SIGN):
        if role == Role.MENTOR:
            evaluation.state = EvaluationState.SIGNED
            evaluation.signed_at = timezone.now()
            evaluation.digest = digest
            evaluation.save()
            for model, rows in (
                (ActionPoint, evaluation.action_points.all()),
                (ActionOutcome, evaluation.outcomes.all()),
            ):
                model.history.bulk_history_create(list(rows), default_user=user)
        signature = _write_signature(
            access,
            role=role,
            verdict=Verdict.SEEN if role == Role.MENTEE else Verdict.SIGNED,
            person=user,
            remark=remark.strip(),
            disagrees=disagrees,
        )
        _close_if_complete(evaluation)
    if role == Role.MENTOR:
        notices.signed(access)
    elif evaluation.state == EvaluationState.CLOSED:
        notices.closed(access)
    return signature


def obstacles(evaluation: Evaluation) -> dict[str, str]:
    """What keeps the mentor from signing, by what it is about; empty when all is ready.

    The names are "sheet" (the mentor's), "theirs" (the mentee's), "observed_on", "conclusion".
    """
    sheets = {sheet.side: sheet for sheet in evaluation.sheets.all()}
    own, theirs = sheets.get(Side.MENTOR), sheets.get(Side.MENTEE)
    found = {}
    if own is None or not own.is_shared:
        found["sheet"] = _("The mentor's sheet was taken back: share it first.")
    if theirs is not None and not theirs.is_shared and evaluation.waits_until >= today():
        found["theirs"] = _("The mentee took their sheet back: wait until it is shared again.")
    if evaluation.observed_on is None:
        found["observed_on"] = _("Say on which day you saw the mentee at work.")
    if not evaluation.conclusion.strip():
        found["conclusion"] = _("Write down the conclusion of the talk first.")
    return found


def _check_ready(evaluation):
    """Refuse to sign what is not complete."""
    if found := obstacles(evaluation):
        name, message = next(iter(found.items()))
        refuse({name: message} if name in ("observed_on", "conclusion") else message)


def _write_signature(access, *, role, verdict, person, remark, disagrees=False) -> Signature:
    evaluation = access.evaluation
    signature = Signature(
        evaluation=evaluation,
        role=role,
        verdict=verdict,
        person=person,
        name=name_of(person),
        as_deputy=role == Role.MENTOR and access.access.as_deputy,
        disagrees=disagrees,
        remark=remark,
        digest=evaluation.digest,
        recorded_by_name=name_of(access.user),
        signed_at=timezone.now(),
    )
    signature.full_clean()
    signature.save()
    return signature


def _close_if_complete(evaluation):
    if unsigned_roles(evaluation.signatures.all()):
        return
    evaluation.state = EvaluationState.CLOSED
    evaluation.closed_at = timezone.now()
    evaluation.save()


def missing_from(evaluation: Evaluation) -> date:
    """The day from which a missing signature may be recorded."""
    return timezone.localdate(evaluation.signed_at) + timedelta(days=conf.get("SIGNATURE_DAYS"))


@transaction.atomic
def record_missing(
    *, user, evaluation_id: uuid.UUID, role: str, verdict: str, reason: str
) -> Signature:
    """Record that the line manager or the mentee refused, or did not sign in time.

    Possible from the day that :func:`missing_from` returns. It does not block: the evaluation
    closes with it as with a signature.
    """
    access = opened(user, evaluation_id, "may_record_missing")
    evaluation = access.evaluation
    if role not in (Role.LINE_MANAGER, Role.MENTEE):
        refuse({"role": _("Choose whose signature is missing.")})
    if verdict not in MISSING_VERDICTS:
        refuse({"verdict": _("Choose what happened.")})
    if not reason.strip():
        refuse({"reason": _("Say why the signature is missing.")})
    if today() < missing_from(evaluation):
        refuse(_("It is too early to record this."))
    if evaluation.signatures.filter(role=role).exists():
        refuse(_("This is signed already."))
    with recorded(access, Act.MISSING, check_text("reason", reason.strip())):
        signature = _write_signature(
            access,
            role=role,
            verdict=verdict,
            person=access.access.person(role),
            remark=reason.strip(),
        )
        _close_if_complete(evaluation)
    if evaluation.state == EvaluationState.CLOSED:
        notices.closed(access)
    return signature
