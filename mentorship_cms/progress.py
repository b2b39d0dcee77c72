"""How a mentee's ratings moved over evaluations: what the progress pages show, as plain data.

Levels are ordinal: they are put in order and compared, never added up. A rating without a level
(not observed, not applicable) is no low level and takes no part in any comparison.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from uuid import UUID

from .choices import Answer, Side
from .differences import PartChange, TextChange, compare
from .structures import AreaContent, CompetencyContent, FrameworkContent, LevelContent

#: How many shades a scale is drawn in, however many levels it has.
STEPS = 5


class Movement(StrEnum):
    """Where a level stands against the last level before it."""

    UP = "up"
    DOWN = "down"
    SAME = "same"
    #: The scale changed in between, so the two cannot be compared.
    OTHER_SCALE = "other_scale"


@dataclass(frozen=True)
class Scale:
    """The levels of a version, lowest first."""

    levels: tuple[LevelContent, ...]

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The keys of the levels in order: two scales with the same keys compare."""
        return tuple(level.key for level in self.levels)

    def place(self, level: LevelContent) -> int:
        """The place of a level among all, from 1."""
        return self.keys.index(level.key) + 1

    def step(self, level: LevelContent) -> int:
        """The shade of a level, from 1 to ``STEPS``, by its relative place."""
        if len(self.levels) == 1:
            return STEPS
        return 1 + round((STEPS - 1) * (self.place(level) - 1) / (len(self.levels) - 1))


@dataclass(frozen=True)
class Wording:
    """One published version, as the words that ratings were given on."""

    number: int
    language: str
    published_at: datetime
    content: FrameworkContent
    #: Identifies the framework, in one language, that this is a version of.
    framework: object = None

    @cached_property
    def scale(self) -> Scale:
        """The levels in order."""
        return Scale(tuple(sorted(self.content.levels, key=lambda level: level.number)))

    @cached_property
    def levels(self) -> dict[str, LevelContent]:
        """The levels by key."""
        return {level.key: level for level in self.content.levels}

    @cached_property
    def competencies(self) -> dict[str, tuple[AreaContent, CompetencyContent]]:
        """The competencies by key, each with its area, in reading order."""
        return {
            competency.key: (area, competency)
            for area in self.content.areas
            for competency in area.competencies
        }


@dataclass(frozen=True)
class Given:
    """What a sheet says of one competency."""

    answer: str
    level_key: str = ""
    remark: str = ""


@dataclass(frozen=True)
class SheetView:
    """A shared sheet: its ratings by the key of the competency, and the words they use."""

    wording: Wording
    language: str
    ratings: dict[str, Given] = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """One signed evaluation with what each side said.

    ``kind`` is that of the evaluation; of a correction that of what it corrects, with
    ``corrected`` set. The mentee's sheet of a correction is the one beside what it corrects.
    """

    public_id: UUID
    kind: str
    day: date
    signed_at: datetime
    wording: Wording
    sheets: dict[str, SheetView]
    corrected: bool = False

    @property
    def has_both(self) -> bool:
        """Whether mentor and mentee both shared a sheet."""
        return all(side in self.sheets for side in Side.values)


@dataclass(frozen=True)
class Cell:
    """What one side said of one competency at one moment. Blank when it said nothing.

    ``present`` tells whether the version of that moment had the competency at all.
    """

    answer: str = ""
    level: LevelContent | None = None
    scale: Scale | None = None
    movement: Movement | None = None
    remark: str = ""
    language: str = ""
    words_language: str = ""
    present: bool = True

    @property
    def place(self) -> int:
        """The place of its level in the scale, from 1; 0 without one."""
        return self.scale.place(self.level) if self.level else 0

    @property
    def step(self) -> int:
        """The shade of its level; 0 without one."""
        return self.scale.step(self.level) if self.level else 0


@dataclass(frozen=True)
class Row:
    """One competency over all moments, named in the words of ``language``."""

    competency: CompetencyContent
    language: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Group:
    """The rows of an area; without one those that the framework no longer has."""

    area: AreaContent | None
    language: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Pair:
    """What both sides said of one competency at one moment."""

    competency: CompetencyContent
    mentor: Cell
    mentee: Cell

    @property
    def comparable(self) -> bool:
        """Whether both gave a level of the same scale."""
        return bool(
            self.mentor.level
            and self.mentee.level
            and self.mentor.scale.keys == self.mentee.scale.keys
        )

    @property
    def equal(self) -> bool:
        """Whether both gave the same level."""
        return self.comparable and self.mentor.place == self.mentee.place


@dataclass(frozen=True)
class Point:
    """One moment in the story of one competency."""

    moment: Moment
    mentor: Cell
    mentee: Cell


@dataclass(frozen=True)
class Run:
    """Moments that follow each other on the same scale: they share one axis."""

    scale: Scale
    language: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Basis:
    """The words of one version that ratings were given on, and what became of them since.

    ``uses`` are the moments with the side that rated. ``gone`` is set when the newest version
    no longer has the competency; ``texts`` and ``levels`` say what reads differently there.
    """

    wording: Wording
    area: AreaContent
    competency: CompetencyContent
    given: tuple[LevelContent, ...]
    uses: tuple[tuple[Moment, str], ...]
    newest: Wording | None = None
    gone: bool = False
    texts: tuple[TextChange, ...] = ()
    levels: tuple[PartChange, ...] = ()
    moved: PartChange | None = None

    @property
    def descriptors(self) -> tuple[tuple[LevelContent, str], ...]:
        """The levels that were given, each with what it says of this competency."""
        texts = dict(self.competency.descriptors)
        return tuple((level, texts.get(level.key, "")) for level in self.given)

    @property
    def changed(self) -> bool:
        """Whether the newest version says something else."""
        return bool(self.gone or self.texts or self.levels or self.moved)


def in_order(moments: Iterable[Moment]) -> list[Moment]:
    """The moments by the day of observation, then by when they were signed."""
    return sorted(moments, key=lambda moment: (moment.day, moment.signed_at))


def newest_wording(moments: Iterable[Moment], framework: object) -> Wording | None:
    """The newest version among those of the evaluations, first of all of ``framework``."""
    return max(
        (moment.wording for moment in moments),
        key=lambda wording: (
            wording.framework == framework,
            wording.published_at,
            wording.number,
        ),
        default=None,
    )


def cell_of(moment: Moment, side: str, key: str) -> Cell:
    """What a side said of a competency at a moment; without movement."""
    sheet = moment.sheets.get(side)
    wording = sheet.wording if sheet else moment.wording
    present = key in wording.competencies
    given = sheet.ratings.get(key) if sheet else None
    if given is None:
        return Cell(present=present)
    level = wording.levels[given.level_key] if given.answer == Answer.LEVEL else None
    return Cell(
        answer=given.answer,
        level=level,
        scale=wording.scale if level else None,
        remark=given.remark,
        language=sheet.language,
        words_language=wording.language,
        present=present,
    )


def cells_of(moments: list[Moment], side: str, key: str) -> tuple[Cell, ...]:
    """What a side said of a competency at each moment, with the movement since its last level."""
    cells = []
    last: Cell | None = None
    for moment in moments:
        cell = cell_of(moment, side, key)
        if cell.level:
            if last is not None:
                cell = replace(cell, movement=_movement(last, cell))
            last = cell
        cells.append(cell)
    return tuple(cells)


def _movement(last: Cell, cell: Cell) -> Movement:
    if last.scale.keys != cell.scale.keys:
        return Movement.OTHER_SCALE
    if last.place == cell.place:
        return Movement.SAME
    return Movement.UP if last.place < cell.place else Movement.DOWN


def table(
    moments: list[Moment], side: str, wording: Wording, *, area: str = "", kind: str = ""
) -> list[Group]:
    """The competencies by area, each over all moments, as one side saw them.

    Names and order come from ``wording``. What was rated once, and is no longer there, stands
    in a last group. ``area`` is the key of one area, or ``GONE``.
    """
    groups = []
    for section in wording.content.areas:
        if area in ("", section.key):
            rows = tuple(
                Row(competency, wording.language, cells_of(moments, side, competency.key))
                for competency in section.competencies
                if kind in ("", competency.kind)
            )
            if rows:
                groups.append(Group(section, wording.language, rows))
    if area in ("", GONE):
        rows = tuple(
            Row(competency, words.language, cells_of(moments, side, competency.key))
            for words, competency in gone(moments, wording)
            if kind in ("", competency.kind)
        )
        if rows:
            groups.append(Group(None, wording.language, rows))
    return groups


#: Stands for the group of competencies that the framework no longer has.
GONE = "gone"


def gone(moments: list[Moment], wording: Wording) -> list[tuple[Wording, CompetencyContent]]:
    """Competencies that somebody rated and ``wording`` lacks, in the last words they had."""
    found: dict[str, tuple[Wording, CompetencyContent]] = {}
    for moment in reversed(moments):
        rated = {key for sheet in moment.sheets.values() for key in sheet.ratings}
        for key, (_area, competency) in moment.wording.competencies.items():
            if key in rated and key not in wording.competencies:
                found.setdefault(key, (moment.wording, competency))
    return list(found.values())


def scales(moments: list[Moment], side: str) -> list[tuple[Wording, Scale]]:
    """The scales that a side rated on, newest first, each with the version that words it."""
    found: dict[tuple[str, ...], tuple[Wording, Scale]] = {}
    for moment in reversed(moments):
        if side in moment.sheets:
            wording = moment.sheets[side].wording
            found.setdefault(wording.scale.keys, (wording, wording.scale))
    return list(found.values())


def last_with_both(moments: list[Moment]) -> Moment | None:
    """The last moment of which both sides can be seen."""
    return next((moment for moment in reversed(moments) if moment.has_both), None)


def pairs(
    moment: Moment, *, area: str = "", kind: str = ""
) -> list[tuple[AreaContent, tuple[Pair, ...]]]:
    """What both sides said at one moment, by area, in the words of that moment."""
    found = []
    for section in moment.wording.content.areas:
        if area not in ("", section.key):
            continue
        items = tuple(
            Pair(
                competency,
                cell_of(moment, Side.MENTOR, competency.key),
                cell_of(moment, Side.MENTEE, competency.key),
            )
            for competency in section.competencies
            if kind in ("", competency.kind)
        )
        if items:
            found.append((section, items))
    return found


def story(moments: list[Moment], key: str) -> list[Point]:
    """What both sides said of one competency at each moment at which it was there."""
    mentor = cells_of(moments, Side.MENTOR, key)
    mentee = cells_of(moments, Side.MENTEE, key)
    return [
        Point(moment, *cells)
        for moment, *cells in zip(moments, mentor, mentee, strict=True)
        if any(cell.present for cell in cells)
    ]


def runs(points: list[Point]) -> list[Run]:
    """The points split wherever the scale changes."""
    found: list[Run] = []
    for point in points:
        scale = point.moment.wording.scale
        if found and found[-1].scale.keys == scale.keys:
            last = found[-1]
            # The axis speaks the words of the newest version that has this scale.
            found[-1] = Run(scale, point.moment.wording.language, (*last.points, point))
        else:
            found.append(Run(scale, point.moment.wording.language, (point,)))
    return found


def bases(points: list[Point], key: str, newest: Iterable[Wording]) -> Iterator[Basis]:
    """The words that the ratings of one competency were given on, latest use first.

    ``newest`` are the versions that are published now, one a framework.
    """
    now = {wording.framework: wording for wording in newest}
    used: dict[int, tuple[Wording, list[tuple[Moment, str]], dict[str, None]]] = {}
    for point in reversed(points):
        for side, sheet in point.moment.sheets.items():
            given = sheet.ratings.get(key)
            if given is None or not given.answer:
                continue
            _wording, uses, levels = used.setdefault(id(sheet.wording), (sheet.wording, [], {}))
            uses.append((point.moment, side))
            if given.level_key:
                levels[given.level_key] = None
    for wording, uses, levels in used.values():
        area, competency = wording.competencies[key]
        given = tuple(level for level in wording.scale.levels if level.key in levels)
        basis = Basis(wording, area, competency, given, tuple(uses))
        current = now.get(wording.framework)
        yield _since(basis, current) if current else basis


def _since(basis: Basis, newest: Wording) -> Basis:
    """The same basis with what ``newest`` says differently of it."""
    key = basis.competency.key
    if newest.content == basis.wording.content:
        return replace(basis, newest=newest)
    if key not in newest.competencies:
        return replace(basis, newest=newest, gone=True)
    difference = compare(basis.wording.content, newest.content)
    change = next(
        (
            change
            for change in difference.changed
            if isinstance(change.part, CompetencyContent) and change.part.key == key
        ),
        None,
    )
    given = {level.key for level in basis.given}
    shown = {"code", "title", "kind", "criterion", *(f"descriptor:{level}" for level in given)}
    return replace(
        basis,
        newest=newest,
        texts=tuple(text for text in change.texts if text.field in shown) if change else (),
        levels=tuple(
            change for change in difference.levels if change.old and change.old.key in given
        ),
        moved=change if change and change.changed_parent else None,
    )
