"""Acts on an evaluation, in the order in which they happen.

Each is one transaction with one row of history for each changed record. Each raises
``NotVisible`` for who has no right to it, and ``ValidationError`` when it cannot be done, or not
any more.
"""

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from .. import conf
from ..choices import (
    FROZEN_STATES,
    MISSING_VERDICTS,
    Act,
    EvaluationKind,
    EvaluationState,
    Outcome,
    Role,
    Side,
    Verdict,
)
from ..models import ActionOutcome, ActionPoint, Evaluation, Rating, Sheet, Signature
from ..models.evaluations import LONGEST_TEXT
from ..permissions import (
    EvaluationAccess,
    NotVisible,
    evaluation_for,
    mentorship_for,
    today,
    unsigned_roles,
)
from ..records import acting, name_of
from . import notices
from .content import digest_of
from .errors import StaleError
from .sheets import ratings_of, sheet_of, version_for_language

#: Outcomes after which nobody asks any more what became of an action point.
SETTLED = (Outcome.DONE, Outcome.DROPPED)


def _refuse(message):
    raise ValidationError(message)


def _open(user, evaluation_id, right: str) -> EvaluationAccess:
    """The evaluation, locked, for an act that ``right`` of the access allows.

    Who takes no part gets ``NotVisible``, whatever the state; who does learns why it cannot be.
    """
    access = evaluation_for(user, evaluation_id, lock=True)
    if not getattr(access, right):
        if right in PARTS and not PARTS[right](access):
            raise NotVisible
        _refuse(
            _("This cannot be done now: the evaluation is “%(state)s”.")
            % {"state": access.evaluation.get_state_display()}
        )
    return access


#: Who takes part in an act, whatever the state the evaluation is in.
PARTS = {
    "may_write_sheet": lambda access: access.own_side is not None,
    "may_edit_details": lambda access: access.access.acts_as_mentor,
    "may_discard": lambda access: access.access.acts_as_mentor,
    "may_move": lambda access: access.access.acts_as_mentor,
    "may_reveal": lambda access: access.access.acts_as_mentor,
    "may_talk": lambda access: access.access.acts_as_mentor or access.access.is_mentee,
    "may_record_missing": lambda access: access.access.acts_as_mentor,
    "may_correct": lambda access: access.access.acts_as_mentor,
    "signing_role": lambda access: access.access.may_read_record and access.takes_part,
}


def _act(access: EvaluationAccess, act: Act, reason: str = ""):
    return acting(act, user=access.user, capacity=access.access.capacity, reason=reason)


def _check_text(name, text):
    if len(text) > LONGEST_TEXT:
        _refuse(
            {
                name: _("This text has %(length)s characters; %(limit)s is the most that fits.")
                % {"length": len(text), "limit": LONGEST_TEXT}
            }
        )
    if "\x00" in text:
        _refuse({name: _("This text holds a character that cannot be kept.")})
    return text


# -- Starting


@transaction.atomic
def start_evaluation(*, user, mentorship_id: uuid.UUID, kind: str, talk_on: date) -> Evaluation:
    """Start an evaluation on the newest version of the mentorship's framework."""
    access = mentorship_for(user, mentorship_id)
    if not access.acts_as_mentor:
        raise NotVisible
    if not access.may_start:
        _refuse(_("This mentorship has ended."))
    if kind not in EvaluationKind.values or kind == EvaluationKind.CORRECTION:
        _refuse({"kind": _("Choose a kind of evaluation.")})
    version = access.mentorship.framework.versions.order_by("-number").first()
    if version is None:
        _refuse(_("The framework is not published, so there is nothing to rate on."))
    evaluation = Evaluation(
        mentorship=access.mentorship, kind=kind, framework_version=version, talk_on=talk_on
    )
    evaluation.full_clean()
    with acting(Act.START, user=user, capacity=access.capacity):
        evaluation.save()
    notices.started(access, evaluation)
    return evaluation


@transaction.atomic
def change_details(
    *,
    user,
    evaluation_id: uuid.UUID,
    revision: int,
    talk_on: date,
    observed_on: date | None,
    situation: str,
) -> Evaluation:
    """Change the dates and the situation, until the mentor signs."""
    access = _open(user, evaluation_id, "may_edit_details")
    evaluation = access.evaluation
    _check_text("situation", situation)
    if observed_on is not None and observed_on > today():
        _refuse({"observed_on": _("This day has yet to come.")})
    if observed_on is not None and observed_on < access.access.mentorship.starts_on - timedelta(
        days=366
    ):
        _refuse({"observed_on": _("This is over a year before the mentorship started.")})
    values = {"talk_on": talk_on, "observed_on": observed_on, "situation": situation}
    changed = {name: value for name, value in values.items() if getattr(evaluation, name) != value}
    if not changed:
        return evaluation
    _check_revision(evaluation, revision, changed)
    for name, value in changed.items():
        setattr(evaluation, name, value)
    with _act(access, Act.DETAILS):
        evaluation.save()
    return evaluation


def _check_revision(evaluation, revision, changed):
    """Refuse a form that was opened before somebody else saved; else count this save."""
    if evaluation.revision != revision:
        raise StaleError({name: getattr(evaluation, name) for name in changed})
    evaluation.revision += 1


@transaction.atomic
def discard(*, user, evaluation_id: uuid.UUID, reason: str) -> None:
    """Drop an evaluation of which nothing was shared. What was written stays in the database."""
    access = _open(user, evaluation_id, "may_discard")
    access.evaluation.state = EvaluationState.DISCARDED
    with _act(access, Act.DISCARD, reason):
        access.evaluation.save()


@transaction.atomic
def move_to_newest(*, user, evaluation_id: uuid.UUID) -> None:
    """Move a draft to the newest version of its framework, with both sheets.

    What was written of a competency that is no longer there goes to the sheet's general remark;
    an answer whose level is gone is asked again. Nothing typed is lost.
    """
    access = _open(user, evaluation_id, "may_move")
    evaluation = access.evaluation
    newest = evaluation.framework_version.framework.versions.order_by("-number").first()
    if newest == evaluation.framework_version:
        return
    evaluation.framework_version = newest
    with _act(access, Act.MOVE):
        evaluation.save()
    for sheet in evaluation.sheets.select_related("framework_version"):
        _move_sheet(sheet, version_for_language(evaluation, sheet.language))


def _move_sheet(sheet: Sheet, version) -> None:
    competencies = {str(item.key): item for item in version.competencies.all()}
    levels = {str(level.key): level for level in version.levels.all()}
    kept, gone = [], []
    for key, rating in ratings_of(sheet).items():
        level = levels.get(str(rating.level.key)) if rating.level else None
        if key not in competencies:
            gone.append(rating)
            continue
        if rating.level and level is None:
            rating.answer = ""
        rating.competency, rating.level = competencies[key], level
        rating.revision += 1
        kept.append(rating)
    for rating in gone:
        label = rating.level.label if rating.level else rating.get_answer_display()
        words = [f"{rating.competency}: {label}".rstrip(": "), rating.remark]
        sheet.remark = "\n\n".join(filter(None, [sheet.remark, "\n".join(filter(None, words))]))
    sheet.framework_version = version
    sheet.revision += 1
    sheet.save()
    Rating.objects.filter(pk__in=[rating.pk for rating in gone]).delete()
    Rating.objects.bulk_update(kept, ["competency", "level", "answer", "revision"])


# -- Sharing


@transaction.atomic
def share_sheet(*, user, evaluation_id: uuid.UUID, incomplete: bool = False) -> Evaluation:
    """Share one's own sheet. When both are shared, or none else is due, both become readable.

    ``incomplete`` says that competencies without a rating are meant to stay so.
    """
    access = _open(user, evaluation_id, "may_write_sheet")
    evaluation = access.evaluation
    sheet = sheet_of(evaluation, access.own_side)
    if sheet is None:
        _refuse(_("This sheet is still empty."))
    if sheet.is_shared:
        _refuse(_("This sheet is shared already."))
    ratings = list(ratings_of(sheet).values())
    rated = [rating for rating in ratings if rating.answer]
    if not rated:
        _refuse(_("No competency has a rating yet."))
    if not incomplete and len(rated) < sheet.framework_version.competencies.count():
        raise ValidationError(
            {
                "incomplete": _(
                    "Some competencies have no rating. Rate them, or say that they stay without."
                )
            }
        )
    if access.own_side == Side.MENTOR:
        if evaluation.observed_on is None:
            _refuse({"observed_on": _("Say on which day you saw the mentee at work.")})
        if evaluation.observed_on > today():
            _refuse({"observed_on": _("This day has yet to come.")})
    now = timezone.now()
    with _act(access, Act.SHARE):
        sheet.shared_at = sheet.saved_at = now
        sheet.author, sheet.author_name = user, name_of(user)
        sheet.as_deputy = access.access.as_deputy
        sheet.save()
        _record_ratings(ratings, user)
        if evaluation.version_fixed_at is None:
            evaluation.version_fixed_at = now
        _reveal_if_ready(evaluation)
        evaluation.save()
    if evaluation.state == EvaluationState.SHARED:
        notices.revealed(access)
    else:
        notices.sheet_shared(access)
    return evaluation


def _record_ratings(ratings, user):
    """Leave one row of history for each rating that says something new."""
    history = Rating.history.model
    latest = {}
    rows = history.objects.filter(id__in=[rating.pk for rating in ratings])
    for row in rows.order_by("history_id").values_list("id", "answer", "level_id", "remark"):
        latest[row[0]] = row[1:]
    for update in (False, True):
        fresh = [
            rating
            for rating in ratings
            if (rating.pk in latest) == update
            and latest.get(rating.pk, ("", None, ""))
            != (rating.answer, rating.level_id, rating.remark)
        ]
        Rating.history.bulk_history_create(fresh, update=update, default_user=user)


def _reveal_if_ready(evaluation):
    """Make both sheets readable once both are shared; a correction has the mentor's alone."""
    shared = set(evaluation.sheets.filter(shared_at__isnull=False).values_list("side", flat=True))
    needed = {Side.MENTOR} if evaluation.is_correction else {Side.MENTOR, Side.MENTEE}
    if evaluation.state == EvaluationState.DRAFT and needed <= shared:
        evaluation.state = EvaluationState.SHARED
        evaluation.shared_at = timezone.now()


@transaction.atomic
def take_back_sheet(*, user, evaluation_id: uuid.UUID, reason: str) -> None:
    """Make one's own shared sheet a draft again, until the mentor signs; the reason is kept."""
    access = _open(user, evaluation_id, "may_write_sheet")
    sheet = sheet_of(access.evaluation, access.own_side)
    if sheet is None or not sheet.is_shared:
        _refuse(_("This sheet is not shared."))
    if not reason.strip():
        _refuse({"reason": _("Say why.")})
    sheet.shared_at = None
    with _act(access, Act.TAKE_BACK, _check_text("reason", reason.strip())):
        sheet.save()


@transaction.atomic
def reveal_without_mentee(*, user, evaluation_id: uuid.UUID) -> None:
    """Go on without the mentee's sheet, after the date of the talk."""
    access = _open(user, evaluation_id, "may_reveal")
    evaluation = access.evaluation
    sheet = sheet_of(evaluation, Side.MENTOR)
    if sheet is None or not sheet.is_shared:
        _refuse(_("Share your own sheet first."))
    evaluation.state = EvaluationState.SHARED
    evaluation.shared_at = timezone.now()
    with _act(access, Act.REVEAL):
        evaluation.save()
    notices.revealed(access)


# -- The talk


@dataclass(frozen=True)
class Point:
    """An action point as a form has it; ``public_id`` None for a new one."""

    text: str
    owner: str
    due_on: date | None = None
    competency_keys: tuple[str, ...] = ()
    public_id: uuid.UUID | None = None


def open_points(evaluation: Evaluation) -> list[ActionPoint]:
    """What was agreed at earlier evaluations and is not settled: its outcome is asked."""
    settled = ActionOutcome.objects.filter(
        action_point=OuterRef("pk"), outcome__in=SETTLED, evaluation__state__in=FROZEN_STATES
    ).exclude(evaluation=evaluation.pk)
    points = ActionPoint.objects.filter(
        evaluation__mentorship=evaluation.mentorship_id,
        evaluation__state__in=FROZEN_STATES,
    ).exclude(evaluation=evaluation.pk)
    corrected = Evaluation.objects.filter(corrects=OuterRef("evaluation"), state__in=FROZEN_STATES)
    points = points.exclude(Exists(settled)).exclude(Exists(corrected))
    if evaluation.corrects_id:
        # The correction has copies of what was agreed there.
        points = points.exclude(evaluation=evaluation.corrects_id)
    return list(points.select_related("evaluation").order_by("evaluation__signed_at", "position"))


@transaction.atomic
def save_talk(
    *,
    user,
    evaluation_id: uuid.UUID,
    revision: int,
    conclusion: str,
    needs: str,
    points: list[Point],
    outcomes: dict[uuid.UUID, tuple[str, str]],
) -> Evaluation:
    """Keep what mentor and mentee write down together; it can change until the mentor signs.

    ``outcomes`` maps the public id of an open action point to what became of it and a note; a
    blank outcome takes it away. Raises ``StaleError`` as well.
    """
    access = _open(user, evaluation_id, "may_talk")
    evaluation = access.evaluation
    texts = {"conclusion": conclusion, "needs": needs}
    for name, text in texts.items():
        _check_text(name, text)
    keys = {competency.key for competency in evaluation.framework_version.content.competencies}
    stored = {point.public_id: point for point in evaluation.action_points.all()}
    wanted = []
    for position, point in enumerate(points):
        row = stored.get(point.public_id) or ActionPoint(evaluation=evaluation)
        if point.public_id is not None and point.public_id not in stored:
            _refuse({f"points.{position}": _("This action point is no longer here.")})
        row.position, row.text, row.owner = position, point.text.strip(), point.owner
        row.due_on, row.competency_keys = point.due_on, list(point.competency_keys)
        if not set(row.competency_keys) <= keys:
            _refuse(
                {
                    f"points.{position}": _(
                        "This competency is not in the framework of this evaluation."
                    )
                }
            )
        _check_text(f"points.{position}", row.text)
        try:
            row.full_clean(exclude=["evaluation"])
        except ValidationError as error:
            raise ValidationError({f"points.{position}": error.messages}) from None
        wanted.append(row)
    told = _told_outcomes(evaluation, outcomes)
    if evaluation.revision != revision:
        raise StaleError({name: getattr(evaluation, name) for name in texts} | {"points": stored})
    for name, text in texts.items():
        setattr(evaluation, name, text)
    evaluation.revision += 1
    evaluation.save()
    kept = {row.pk for row in wanted}
    for row in stored.values():
        if row.pk not in kept:
            row.delete()
    for row in wanted:
        row.save()
    evaluation.outcomes.all().delete()
    ActionOutcome.objects.bulk_create(told)
    return evaluation


def _told_outcomes(evaluation, outcomes) -> list[ActionOutcome]:
    points = {point.public_id: point for point in open_points(evaluation)}
    told = []
    for public_id, (outcome, note) in outcomes.items():
        if not outcome and not note:
            continue
        if public_id not in points:
            _refuse({"outcomes": _("This action point is no longer here.")})
        if outcome not in Outcome.values:
            _refuse({f"outcomes.{public_id}": _("Choose what became of it.")})
        told.append(
            ActionOutcome(
                evaluation=evaluation,
                action_point=points[public_id],
                outcome=outcome,
                note=_check_text(f"outcomes.{public_id}", note),
            )
        )
    return told


@transaction.atomic
def keep_talk_text(
    *, user, evaluation_id: uuid.UUID, name: str, text: str, revision: int
) -> Evaluation:
    """Keep one text of the talk while it is typed; ``name`` is "conclusion" or "needs"."""
    access = _open(user, evaluation_id, "may_talk")
    if name not in ("conclusion", "needs"):
        _refuse(_("There is no such text."))
    evaluation = access.evaluation
    _check_text(name, text)
    if getattr(evaluation, name) != text:
        _check_revision(evaluation, revision, [name])
        setattr(evaluation, name, text)
        evaluation.save()
    return evaluation


# -- Signing


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
    closes the evaluation. A mentee may disagree, which closes it all the same.
    """
    access = _open(user, evaluation_id, "signing_role")
    evaluation, role = access.evaluation, access.signing_role
    _check_text("remark", remark)
    if disagrees and role != Role.MENTEE:
        _refuse({"disagrees": _("Only the mentee can disagree.")})
    if evaluation.signatures.filter(role=role).exists():
        _refuse(_("This is signed already."))
    if role == Role.MENTOR:
        _check_ready(evaluation)
    digest = digest_of(evaluation)
    if digest != seen_digest:
        raise StaleError({})
    with _act(access, Act.SIGN):
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


def _check_ready(evaluation):
    """Refuse to sign what is not complete."""
    sheet = sheet_of(evaluation, Side.MENTOR)
    if sheet is None or not sheet.is_shared:
        _refuse(_("The mentor's sheet was taken back: share it first."))
    theirs = sheet_of(evaluation, Side.MENTEE)
    if theirs is not None and not theirs.is_shared and evaluation.talk_on >= today():
        _refuse(_("The mentee took their sheet back: wait until it is shared again."))
    if not evaluation.conclusion.strip():
        _refuse({"conclusion": _("Write down the conclusion of the talk first.")})


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
    access = _open(user, evaluation_id, "may_record_missing")
    evaluation = access.evaluation
    if role not in (Role.LINE_MANAGER, Role.MENTEE):
        _refuse({"role": _("Choose whose signature is missing.")})
    if verdict not in MISSING_VERDICTS:
        _refuse({"verdict": _("Choose what happened.")})
    if not reason.strip():
        _refuse({"reason": _("Say why the signature is missing.")})
    if today() < missing_from(evaluation):
        _refuse(_("It is too early to record this."))
    if evaluation.signatures.filter(role=role).exists():
        _refuse(_("This is signed already."))
    with _act(access, Act.MISSING, _check_text("reason", reason.strip())):
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


# -- Correcting


@transaction.atomic
def start_correction(*, user, evaluation_id: uuid.UUID, reason: str) -> Evaluation:
    """Begin a correction of a signed evaluation, with what the mentor wrote there as a draft.

    Both stay visible; the correction takes the other's place in progress once it is signed.
    """
    access = _open(user, evaluation_id, "may_correct")
    old = access.evaluation
    if not reason.strip():
        _refuse({"reason": _("Say what was wrong.")})
    _check_text("reason", reason)
    if old.corrections.exclude(state=EvaluationState.DISCARDED).exists():
        _refuse(_("A correction of this evaluation exists already."))
    new = Evaluation(
        mentorship=old.mentorship,
        kind=EvaluationKind.CORRECTION,
        framework_version=old.framework_version,
        corrects=old,
        correction_reason=reason.strip(),
        talk_on=max(today(), old.talk_on),
        observed_on=old.observed_on,
        situation=old.situation,
        conclusion=old.conclusion,
        needs=old.needs,
    )
    new.full_clean()
    with _act(access, Act.CORRECT, reason.strip()):
        new.save()
    _copy_sheet(old, new, user)
    for point in old.action_points.all():
        point.pk, point.public_id, point.evaluation = None, uuid.uuid4(), new
        point._state.adding = True
        point.save()
    for outcome in old.outcomes.all():
        outcome.pk, outcome.evaluation = None, new
        outcome._state.adding = True
        outcome.save()
    return new


def _copy_sheet(old, new, user):
    sheet = sheet_of(old, Side.MENTOR)
    ratings = list(sheet.ratings.all())
    copy = Sheet.objects.create(
        evaluation=new,
        side=Side.MENTOR,
        framework_version=sheet.framework_version,
        author=user,
        author_name=name_of(user),
        language=sheet.language,
        remark=sheet.remark,
        saved_at=timezone.now(),
    )
    for rating in ratings:
        rating.pk, rating.sheet, rating.revision = None, copy, 1
        rating._state.adding = True
    Rating.objects.bulk_create(ratings)


def superseded(evaluations) -> set[int]:
    """The ids of evaluations of which a signed correction took the place."""
    return {
        evaluation.corrects_id
        for evaluation in evaluations
        if evaluation.corrects_id and evaluation.state in FROZEN_STATES
    }
