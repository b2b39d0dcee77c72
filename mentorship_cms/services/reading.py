"""What a person reads of an evaluation, as plain data: only what is theirs to read is loaded."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from django.db.models import Exists, OuterRef, Q

from ..choices import Act, Answer, EvaluationState, Side
from ..differences import Difference, TextChange, compare
from ..models import (
    ActionOutcome,
    ActionPoint,
    Evaluation,
    FrameworkVersion,
    Opening,
    Rating,
    Sheet,
    Signature,
)
from ..permissions import EvaluationAccess, today, unsigned_roles
from ..structures import AreaContent, CompetencyContent, LevelContent
from .content import Rows, is_intact, rows_of
from .evaluations import missing_from, open_points
from .newer_versions import newer_version

#: The steps of an evaluation, in order.
STEPS = ("sheets", "talk", "mentor", "others", "closed")


# -- Words: as published then, and what has changed since


@dataclass(frozen=True)
class Wording:
    """A version that a sheet was written on, and the newest one where that is another."""

    version: FrameworkVersion
    newest: FrameworkVersion | None = None

    @cached_property
    def difference(self) -> Difference:
        """What the newest version says otherwise."""
        if self.newest is None:
            return Difference()
        return compare(self.version.content, self.newest.content)

    @cached_property
    def competencies(self) -> dict[str, CompetencyContent]:
        """The competencies by key."""
        return {item.key: item for item in self.version.content.competencies}

    @cached_property
    def levels(self) -> dict[str, LevelContent]:
        """The levels by key."""
        return {level.key: level for level in self.version.content.levels}

    @cached_property
    def part_changes(self) -> dict:
        """What happened since to each competency, by key."""
        return {
            change.part.key: change
            for change in self.difference.parts
            if isinstance(change.part, CompetencyContent)
        }

    @property
    def levels_only(self) -> Difference:
        """What the newest version says otherwise of the levels alone."""
        return Difference(levels=self.difference.levels)

    @cached_property
    def level_changes(self) -> dict:
        """What happened since to each level, by key."""
        return {change.part.key: change for change in self.difference.levels}


@dataclass(frozen=True)
class Words:
    """The words of one competency in one version, with what they became."""

    wording: Wording
    competency: CompetencyContent
    changes: tuple[TextChange, ...] = ()
    is_removed: bool = False

    @property
    def has_changed(self) -> bool:
        """Whether the newest version words it otherwise, or has it no longer."""
        return self.is_removed or bool(self.changes)


@dataclass(frozen=True)
class Given:
    """What one sheet says of one competency. ``answer`` is blank where it says nothing."""

    side: str
    sheet: Sheet
    wording: Wording
    answer: str = ""
    level: LevelContent | None = None
    remark: str = ""
    level_changes: tuple[TextChange, ...] = ()
    level_removed: bool = False


@dataclass(frozen=True)
class Line:
    """One competency with what each sheet says of it.

    ``apart`` counts the levels between both sides; None where one of them gave no level.
    """

    competency: CompetencyContent
    words: tuple[Words, ...]
    given: tuple[Given, ...]
    apart: int | None = None

    @property
    def one_sided(self) -> bool:
        """Whether one side gave a level and the other did not."""
        return len({given.answer == Answer.LEVEL for given in self.given}) > 1

    @property
    def differs(self) -> bool:
        """Whether both sides say something else."""
        return bool(self.apart) or len({given.answer for given in self.given}) > 1


@dataclass(frozen=True)
class PlacedArea:
    """An area with its lines."""

    area: AreaContent
    lines: tuple[Line, ...]


# -- The rest of an evaluation


@dataclass(frozen=True)
class SideState:
    """How far a side's sheet is, without a word of it."""

    side: str
    shared_at: datetime | None = None
    taken_back_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True)
class OwnSheet:
    """How far the reader's own sheet is."""

    shared_at: datetime | None
    rated: int
    total: int

    @property
    def is_begun(self) -> bool:
        """Whether something is rated."""
        return self.rated > 0

    @property
    def is_complete(self) -> bool:
        """Whether everything is rated."""
        return self.rated >= self.total


@dataclass(frozen=True)
class Agreed:
    """An action point with its competencies in the words of the evaluation's version."""

    point: ActionPoint
    competencies: tuple[CompetencyContent, ...]


@dataclass(frozen=True)
class Related:
    """A correction, or what is corrected; the reason where the reader may know it."""

    evaluation: Evaluation
    reason: str = ""


@dataclass(frozen=True)
class Next:
    """What comes next for the reader: ``code`` names it, the rest says more."""

    code: str
    since: datetime | None = None
    day: date | None = None
    roles: tuple[str, ...] = ()
    #: Whether the person's role has yet to sign, but they did so in another one.
    signed_before: bool = False


@dataclass
class Reading:
    """An evaluation as one person may read it."""

    step: str
    version: FrameworkVersion
    next: Next | None = None
    own: OwnSheet | None = None
    sides: tuple[SideState, ...] = ()
    newer: FrameworkVersion | None = None
    #: What was agreed before and is asked at the talk, while the sheets are being written.
    earlier_points: tuple[ActionPoint, ...] = ()
    sheets: tuple[Sheet, ...] = ()
    areas: tuple[PlacedArea, ...] = ()
    differing: int = 0
    wordings: tuple[Wording, ...] = ()
    points: tuple[Agreed, ...] = ()
    outcomes: tuple[ActionOutcome, ...] = ()
    signatures: tuple[Signature, ...] = ()
    missing_day: date | None = None
    unsigned: tuple[str, ...] = ()
    corrects: Related | None = None
    corrected_by: Related | None = None
    intact: bool | None = None
    openings: tuple[Opening, ...] = ()
    rows: Rows | None = field(default=None, repr=False)

    @property
    def steps(self) -> list[tuple[str, str]]:
        """Each step with "done", "current" or "ahead"."""
        here = STEPS.index(self.step)
        states = []
        for place, name in enumerate(STEPS):
            current = "done" if name == "closed" else "current"
            states.append((name, "done" if place < here else current if place == here else "ahead"))
        return states


def read(access: EvaluationAccess, *, differ: bool = False) -> Reading:
    """Load what the person of ``access`` may read; ``differ`` leaves out where sides agree.

    The number of queries does not grow with the number of competencies.
    """
    evaluation = access.evaluation
    reading = Reading(step=_step(evaluation), version=evaluation.framework_version)
    if access.may_read:
        reading.rows = rows_of(evaluation)
        sheets = reading.rows.sheets
        _read_content(reading, access, differ)
    else:
        sheets = list(evaluation.sheets.defer("remark"))
    reading.sides = _sides(access, sheets)
    if access.may_write_sheet:
        reading.own = _own(access, sheets)
        if not access.may_read:
            reading.earlier_points = tuple(open_points(evaluation))
    if access.may_move:
        reading.newer = newer_version(evaluation)
    if evaluation.is_frozen:
        reading.missing_day = missing_from(evaluation)
    reading.corrects, reading.corrected_by = related_to(access)
    if access.may_read and evaluation.is_frozen:
        reading.intact = is_intact(evaluation, reading.rows)
    if access.access.is_mentee and access.may_read:
        reading.openings = tuple(Opening.objects.filter(subject=evaluation.public_id)[:50])
    reading.next = _next(reading, access)
    return reading


def _step(evaluation) -> str:
    if evaluation.state == EvaluationState.SHARED:
        return "mentor" if evaluation.conclusion.strip() else "talk"
    return {
        EvaluationState.SIGNED: "others",
        EvaluationState.CLOSED: "closed",
    }.get(evaluation.state, "sheets")


def _sides(access, sheets) -> tuple[SideState, ...]:
    """The state of each sheet that there is to be; why a shared one was taken back."""
    by_side = {sheet.side: sheet for sheet in sheets}
    names = (Side.MENTOR,) if access.evaluation.is_correction else (Side.MENTOR, Side.MENTEE)
    found = []
    for side in names:
        sheet = by_side.get(side)
        if sheet is None or sheet.is_shared or access.state != EvaluationState.SHARED:
            found.append(SideState(side, sheet.shared_at if sheet else None))
            continue
        taken = sheet.history.filter(act=Act.TAKE_BACK).order_by("-history_id").first()
        found.append(
            SideState(
                side,
                taken_back_at=taken.history_date if taken else None,
                reason=(taken.history_change_reason or "") if taken and access.may_read else "",
            )
        )
    return tuple(found)


def _own(access, sheets) -> OwnSheet:
    sheet = next((one for one in sheets if one.side == access.own_side), None)
    # The sheet's own version has the same competencies: only its words are in another language.
    total = len(access.evaluation.framework_version.content.competencies)
    rated = Rating.objects.filter(sheet=sheet).exclude(answer="").count() if sheet else 0
    return OwnSheet(sheet.shared_at if sheet else None, rated, total)


def _wordings(evaluation, sheets) -> dict[int, Wording]:
    """The wording of each version that a sheet was written on, by id."""
    own = evaluation.framework_version
    versions = {own.pk: own}
    others = {sheet.framework_version_id for sheet in sheets} - {own.pk}
    if others:
        versions |= FrameworkVersion.objects.in_bulk(others)
    later = FrameworkVersion.objects.filter(
        framework=OuterRef("framework"), number__gt=OuterRef("number")
    )
    newest = FrameworkVersion.objects.filter(
        ~Exists(later), framework__in={version.framework_id for version in versions.values()}
    ).exclude(pk__in=versions)
    newest = {version.framework_id: version for version in newest}
    return {
        pk: Wording(
            version,
            found
            if (found := newest.get(version.framework_id)) and found.number > version.number
            else None,
        )
        for pk, version in versions.items()
    }


def _read_content(reading, access, differ):
    evaluation, rows = access.evaluation, reading.rows
    shown = [sheet for sheet in rows.sheets if sheet.is_shared and access.sees_sheet(sheet)]
    # The mentor's view stands first.
    shown.sort(key=lambda sheet: sheet.side != Side.MENTOR)
    wordings = _wordings(evaluation, shown)
    for sheet in shown:
        sheet.framework_version = wordings[sheet.framework_version_id].version
    reading.sheets = tuple(shown)
    used = {sheet.framework_version_id for sheet in shown}
    reading.wordings = tuple(wording for pk, wording in wordings.items() if pk in used)
    ratings = {
        sheet.side: {str(rating.competency.key): rating for rating in rows.ratings[sheet.pk]}
        for sheet in shown
    }
    order = {level.key: level.number for level in evaluation.framework_version.content.levels}
    areas = []
    for area in evaluation.framework_version.content.areas:
        lines = []
        for competency in area.competencies:
            line = _line(competency, shown, ratings, wordings, order)
            reading.differing += line.differs
            if line.differs or not differ:
                lines.append(line)
        if lines:
            areas.append(PlacedArea(area, tuple(lines)))
    reading.areas = tuple(areas if shown else ())
    named = wordings[evaluation.framework_version_id].competencies
    reading.points = tuple(
        Agreed(point, tuple(named[key] for key in point.competency_keys if key in named))
        for point in rows.action_points
    )
    reading.outcomes = tuple(rows.outcomes)
    reading.signatures = tuple(evaluation.signatures.all())
    reading.unsigned = tuple(unsigned_roles(reading.signatures))


def _line(competency, sheets, ratings, wordings, order) -> Line:
    words, given = {}, []
    for sheet in sheets:
        wording = wordings[sheet.framework_version_id]
        if sheet.framework_version_id not in words:
            change = wording.part_changes.get(competency.key)
            words[sheet.framework_version_id] = Words(
                wording,
                wording.competencies[competency.key],
                changes=change.texts if change else (),
                is_removed=change is not None and change.new is None,
            )
        given.append(_given(sheet, ratings[sheet.side].get(competency.key), wording))
    places = [order.get(one.level.key) for one in given if one.level]
    apart = abs(places[0] - places[1]) if len(places) == 2 and None not in places else None
    return Line(competency, tuple(words.values()), tuple(given), apart)


def _given(sheet, rating, wording) -> Given:
    if rating is None:
        return Given(sheet.side, sheet, wording)
    level = wording.levels.get(str(rating.level.key)) if rating.level else None
    change = wording.level_changes.get(level.key) if level else None
    return Given(
        sheet.side,
        sheet,
        wording,
        answer=rating.answer,
        level=level,
        remark=rating.remark,
        level_changes=change.texts if change else (),
        level_removed=change is not None and change.new is None,
    )


def related_to(access: EvaluationAccess) -> tuple[Related | None, Related | None]:
    """What this corrects and what corrects it, as far as the person may know of them."""
    evaluation = access.evaluation
    corrects = corrected_by = None
    if not (evaluation.corrects_id or evaluation.is_frozen):
        return corrects, corrected_by
    near = Q(corrects=evaluation)
    if evaluation.corrects_id:
        near |= Q(pk=evaluation.corrects_id)
    for other in Evaluation.objects.filter(near):
        if other.pk == evaluation.corrects_id:
            evaluation.corrects = other
            reason = evaluation.correction_reason if _reads_reason(access) else ""
            corrects = Related(other, reason)
            continue
        theirs = access.access.to(other)
        if other.state != EvaluationState.DISCARDED and theirs.sees_state:
            reason = other.correction_reason if _reads_reason(theirs) else ""
            corrected_by = Related(other, reason)
    return corrects, corrected_by


def _reads_reason(access: EvaluationAccess) -> bool:
    """Whether the person reads why there is a correction: others than its writer once shared."""
    return access.may_read or access.access.acts_as_mentor


# -- What comes next


def _next(reading, access) -> Next | None:
    """What the person does next, or waits for."""
    finders = {
        EvaluationState.DRAFT: _next_in_draft,
        EvaluationState.SHARED: _next_when_shared,
        EvaluationState.SIGNED: _next_when_signed,
    }
    finder = finders.get(access.state)
    return finder(reading, access) if finder else None


def _next_in_draft(reading, access) -> Next | None:
    own = reading.own
    if own is None:
        return None
    if own.shared_at is None:
        return Next("check" if own.is_complete else "write")
    if access.may_reveal:
        return Next("reveal", since=own.shared_at)
    return Next("wait_other", since=own.shared_at, day=access.evaluation.talk_on)


def _next_when_shared(reading, access) -> Next:
    evaluation = access.evaluation
    states = {state.side: state for state in reading.sides}
    own = states.get(access.own_side)
    if own is not None and own.taken_back_at is not None:
        return Next("share_again", since=own.taken_back_at)
    if not access.may_talk:
        return Next("wait_mentor", since=evaluation.shared_at)
    if not evaluation.conclusion.strip():
        return Next("talk", day=evaluation.talk_on)
    if access.signing_role:
        return Next("sign_mentor")
    return Next("wait_mentor", since=evaluation.shared_at)


def _next_when_signed(reading, access) -> Next:
    if access.role_to_sign(reading.signatures):
        return Next("sign", since=access.evaluation.signed_at)
    if access.may_record_missing and today() >= reading.missing_day:
        return Next("missing", since=access.evaluation.signed_at, roles=reading.unsigned)
    return Next(
        "wait_signatures",
        since=access.evaluation.signed_at,
        day=reading.missing_day if access.may_record_missing else None,
        roles=reading.unsigned,
        signed_before=access.signing_role in reading.unsigned,
    )
