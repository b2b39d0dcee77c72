"""What charts are drawn with: cells of the heat table, and places of marks in percent.

Marks have no words in them: labels stand beside them as text, so that they grow with the
reader's letters. Places are percentages, so that a drawing fits whatever width there is.
"""

from dataclasses import dataclass

from django import template
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ..choices import Answer, EvaluationKind, Side
from ..progress import Cell, Group, Moment, Movement, Pair, Row, Run, Scale

register = template.Library()

#: Signs beside a level, with their words.
MOVEMENTS = {
    Movement.UP: ("▲", _("up")),
    Movement.DOWN: ("▼", _("down")),
    Movement.SAME: ("=", _("same")),
}
#: Signs instead of a level, with their words.
SIGNS = {
    Answer.NOT_OBSERVED: (pgettext_lazy("short for “not observed”", "n.o."), _("not observed")),
    Answer.NOT_APPLICABLE: (
        pgettext_lazy("short for “not applicable”", "n.a."),
        _("not applicable"),
    ),
    "": ("–", _("no rating")),
    None: ("·", _("not part of the framework then")),
}


def sign_of(cell: Cell):
    """The sign and the words of a cell without a level."""
    return SIGNS[cell.answer if cell.present else None]


@register.filter
def moment_kind(moment: Moment) -> str:
    """What a reader calls the evaluation of a moment."""
    kind = capfirst(EvaluationKind(moment.kind).label)
    return gettext("%(kind)s, corrected") % {"kind": kind} if moment.corrected else kind


@register.filter
def moment_day(moment: Moment) -> str:
    """The day of a moment without its year, short enough for the head of a column."""
    return date_format(moment.day, pgettext("format of a day without its year", "j M"))


@register.filter
def side_label(side: str) -> str:
    """What a reader calls a side."""
    return Side(side).label


@register.filter
def scale_step(scale: Scale, level) -> int:
    """The shade of a level."""
    return scale.step(level)


@register.simple_tag
def heat_signs(groups: list[Group]) -> dict[str, list]:
    """The signs of a heat table with their words; only those that stand in it."""
    cells = [cell for group in groups for row in group.rows for cell in row.cells]
    used = {sign_of(cell) for cell in cells if cell.level is None}
    moved = {cell.movement for cell in cells}
    return {
        "moves": [pair for name, pair in MOVEMENTS.items() if name in moved],
        "others": [pair for pair in SIGNS.values() if pair in used],
    }


@register.simple_tag
def heat_cells(row: Row, page_language: str) -> SafeString:
    """The cells of a row of the heat table.

    Made here, not in a template: a page has a thousand of them.
    """
    words = {
        name: (escape(sign), f'<span class="mentorship-visually-hidden">, {escape(label)}</span>')
        for name, (sign, label) in MOVEMENTS.items()
    }
    return mark_safe("".join(_cell(cell, words, page_language) for cell in row.cells))  # noqa: S308


def _cell(cell: Cell, words: dict, page_language: str) -> str:
    if cell.level is None:
        sign, label = sign_of(cell)
        return (
            f'<td class="mentorship-heat"><span aria-hidden="true">{escape(sign)}</span>'
            f'<span class="mentorship-visually-hidden">{escape(label)}</span></td>'
        )
    sign, said = words.get(cell.movement, ("", ""))
    if sign:
        said = f'<span class="mentorship-heat__move" aria-hidden="true">{sign}</span>{said}'
    return (
        f'<td class="mentorship-heat mentorship-heat--{cell.step}">'
        f'<span class="mentorship-heat__number">{cell.level.number}</span>'
        f'<span class="mentorship-visually-hidden"{_lang(cell, page_language)}>'
        f" {escape(cell.level.label)}</span>{said}</td>"
    )


def _lang(cell: Cell, page_language: str) -> str:
    if cell.words_language == page_language:
        return ""
    return f' lang="{escape(cell.words_language)}"'


@register.simple_tag
def level_words(cell: Cell, page_language: str) -> SafeString:
    """What a cell says, in full: number and label of the level, or why there is none."""
    if cell.level is None:
        return mark_safe(escape(sign_of(cell)[1]))  # noqa: S308 - escaped
    return mark_safe(  # noqa: S308 - every text is escaped
        f'<span class="mentorship-level">{cell.level.number}</span> '
        f"<span{_lang(cell, page_language)}>{escape(cell.level.label)}</span>"
    )


@register.filter
def level_short(cell: Cell) -> str:
    """What a cell says in a word: the number of the level, or why there is none."""
    return str(cell.level.number) if cell.level else str(sign_of(cell)[1])


@register.filter
def movement_sign(cell: Cell) -> str:
    """The sign of the movement of a cell, if it has one."""
    return MOVEMENTS.get(cell.movement, ("", ""))[0]


@register.filter
def movement_words(cell: Cell) -> str:
    """The words of the movement of a cell, if it has one."""
    return str(MOVEMENTS.get(cell.movement, ("", ""))[1])


def _percent(place: int, places: int) -> str:
    """The middle of one of so many equal places; written the same in every language."""
    return f"{(place - 0.5) / places * 100:.6g}%"


@dataclass(frozen=True)
class Mark:
    """One mark of a drawing: ``shape`` is ``mentor``, ``mentee`` or ``both``."""

    x: str
    y: str
    shape: str


@dataclass(frozen=True)
class Stroke:
    """One straight line of a drawing; ``faint`` where nothing was rated in between."""

    x1: str
    y1: str
    x2: str
    y2: str
    faint: bool = False


@dataclass(frozen=True)
class Drawing:
    """Marks and lines, in the order in which they are drawn."""

    strokes: tuple[Stroke, ...]
    marks: tuple[Mark, ...]
    ticks: tuple[str, ...]


@register.filter
def dumbbell(pair: Pair) -> Drawing:
    """The marks of both sides on one line, and what joins them."""
    scale = pair.mentor.scale or pair.mentee.scale
    if scale is None:
        return Drawing((), (), ())
    count = len(scale.levels)
    ticks = tuple(_percent(place, count) for place in range(1, count + 1))
    if pair.equal:
        return Drawing((), (Mark(ticks[pair.mentor.place - 1], "50%", "both"),), ticks)
    marks = tuple(
        Mark(ticks[cell.place - 1], "50%", side)
        for side, cell in ((Side.MENTOR, pair.mentor), (Side.MENTEE, pair.mentee))
        if cell.level and cell.scale.keys == scale.keys
    )
    strokes = (Stroke(marks[0].x, "50%", marks[1].x, "50%"),) if len(marks) == 2 else ()
    return Drawing(strokes, marks, ticks)


@register.filter
def steps(run: Run) -> Drawing:
    """The mentor's levels as a line that steps from moment to moment, the mentee's as marks."""
    count = len(run.scale.levels)
    heights = {place: _percent(count - place + 1, count) for place in range(1, count + 1)}
    marks: list[Mark] = []
    strokes: list[Stroke] = []
    last: tuple[int, Mark] | None = None
    for index, point in enumerate(run.points, start=1):
        x = _percent(index, len(run.points))
        both = Pair(None, point.mentor, point.mentee).equal
        if point.mentor.level:
            mark = Mark(x, heights[point.mentor.place], "both" if both else Side.MENTOR)
            marks.append(mark)
            if last:
                gap = index - last[0] > 1
                strokes.append(Stroke(last[1].x, last[1].y, x, last[1].y, gap))
                if mark.y != last[1].y:
                    strokes.append(Stroke(x, last[1].y, x, mark.y))
            last = index, mark
        if point.mentee.level and not both and point.mentee.scale.keys == run.scale.keys:
            marks.append(Mark(x, heights[point.mentee.place], Side.MENTEE))
    return Drawing(tuple(strokes), tuple(marks), tuple(heights.values()))
