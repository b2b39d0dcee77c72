"""Work on many parts of a draft at once: pasting a list, moving and re-coding. Never publishes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from ..models import CompetencyFramework
from ..models.editorial import EditorialSnippet
from .content_checks import Problem, check
from .drafting import SHAPES, put_sections, save_draft, sections_of, take_draft

#: More lines than this at a time are no list that somebody checked.
MOST_LINES = 200

_BULLET = re.compile(r"^\s*(?:[-–—•*·▪◦‣]\s+|\d{1,3}[.)]\s+)")
#: A code stands before a title: letters and a number, or numbers with dots.
_CODE = r"[A-Za-z]{1,4}[-.]?\d+(?:[.\-]\d+)*[a-z]?|\d+(?:\.\d+)+"
_CODED = re.compile(rf"^({_CODE})[.):]?\s+(?=\S)")
#: A cell of a spreadsheet, in quotes when it has to be; or whatever stands to the next tab or line.
_CELL = re.compile(r'"((?:[^"]|""){0,20000}+)"(?=\t|\n|\Z)|[^\t\n]*')
_IS_CODE = re.compile(rf"^(?:{_CODE}|\S{{1,3}})$")


@dataclass(frozen=True)
class Line:
    """One line of a pasted list, as it is understood. ``number`` counts from 1."""

    number: int
    code: str
    name: str
    text: str
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where a competency goes: the key of its area, its place there, and its code."""

    area: str
    place: int
    code: str


def read_lines(text: str, *, with_codes: bool) -> list[Line]:
    """Understand a pasted list: one part a line, columns parted by tabs or " | ".

    A cell of a spreadsheet stands in quotes when it has line breaks, tabs or quotes of its own.
    A single column is a name, after a bullet and, ``with_codes``, a code ("A1 Title"). Columns
    are code, name and text; the code may be left out. Raises ``ValidationError`` for no line at
    all and for too many; what is wrong in a line is told with the line.
    """
    count = sum(bool(line.strip(" \t|")) for line in text.splitlines())
    lines = []
    # So many lines are too many rows whatever stands in quotes, and need not be read.
    if count <= 10 * MOST_LINES:
        lines = [(number, row) for number, row in _rows(text) if any(map(_says_something, row))]
        count = len(lines)
    if not count:
        raise ValidationError(_("Paste at least one line."))
    if count > MOST_LINES:
        raise ValidationError(
            _(
                "These are %(count)d lines; at most %(most)d can be added at a time. Paste them in "
                "parts, so that each part can be checked."
            )
            % {"count": count, "most": MOST_LINES}
        )
    return [_read_line(number, columns, with_codes) for number, columns in lines]


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The number of the first line, and the columns, of each row; a quoted cell has many lines."""
    text, at, number = "\n".join(text.splitlines()), 0, 1
    while at <= len(text):
        start, cells = at, []
        while not cells or text[at : at + 1] == "\t":
            cells.append(_CELL.match(text, at + bool(cells)))
            at = cells[-1].end()
        row = text[start:at]
        # A single line in quotes is a quotation; only what needs quotes is quoted by a spreadsheet.
        if len(cells) > 1 or (cells[0][1] is not None and re.search(r'\n|\t|""', cells[0][1])):
            yield number, [_plain(cell) for cell in cells]
        else:
            yield number, re.split(r"(?<=\s)\|(?=\s|$)", row)
        number += row.count("\n") + 1
        at += 1


def _says_something(column: str) -> bool:
    return bool(column.strip(" \t\n|"))


def _plain(cell: re.Match) -> str:
    return cell[0] if cell[1] is None else cell[1].replace('""', '"')


def _read_line(number: int, columns: list[str], with_codes: bool) -> Line:
    columns[0] = _BULLET.sub("", columns[0])
    columns = [column.strip() for column in columns]
    while len(columns) > 2 and not columns[-1]:
        columns.pop()
    code = ""
    if with_codes:
        if len(columns) > 1 and (not columns[0] or _IS_CODE.match(columns[0])):
            code, *columns = columns
        elif found := _CODED.match(columns[0]):
            code = found[1]
            columns[0] = columns[0][found.end() :]
    elif len(columns) > 1 and not columns[0]:
        columns = columns[1:]
    name, text, *more = [*columns, "", ""][: max(len(columns), 2)]
    name, code = " ".join(name.split("\n")), " ".join(code.split("\n"))
    errors = []
    if more:
        errors.append(
            _("There are more columns than code, title and criterion.")
            if with_codes
            else _("There are more columns than responsibility and explanation.")
        )
    if not name:
        errors.append(_("There is no title."))
    if len(name) > 255:
        errors.append(
            _("The title has %(count)d characters; it may have 255.") % {"count": len(name)}
        )
    if len(code) > 20:
        errors.append(
            _("The code has %(count)d characters; it may have 20.") % {"count": len(code)}
        )
    return Line(number, code, name, text, tuple(errors))


def added_content(draft, *, lines: list[Line], section: str, new_title: str, kind: str):
    """What ``draft`` would say with the lines added, and the keys of what they became.

    ``section`` is the key of a section of the draft; blank makes a new one of that title.
    """
    keys = _add(draft, lines=lines, section=section, new_title=new_title, kind=kind)
    return draft.content(), keys


def problems_of(content, language: str, keys: set[str]) -> list[Problem]:
    """What to look at again in the parts of those keys."""
    return [
        problem
        for problem in check(content, language)
        if getattr(problem.part, "key", None) in keys
    ]


@transaction.atomic
def add_lines(
    *,
    user,
    item: EditorialSnippet,
    seen_revision: int,
    lines: list[Line],
    section: str = "",
    new_title: str = "",
    kind: str = "",
) -> int:
    """Add the lines to the latest draft of ``item`` and save it; return how many they are.

    Raises ``ValidationError`` for lines with errors, a section that is not there, a locked item,
    and a draft that is not the one of ``seen_revision`` any more.
    """
    if any(line.errors for line in lines):
        raise ValidationError(_("Put right the lines that are marked first."))
    draft = take_draft(item=item, user=user, seen_revision=seen_revision)
    _add(draft, lines=lines, section=section, new_title=new_title, kind=kind)
    save_draft(draft=draft, user=user)
    return len(lines)


def _add(draft, *, lines, section, new_title, kind) -> set[str]:
    shape = SHAPES[type(draft)]
    sections = sections_of(draft)
    if section:
        found = next((items for part, items in sections if str(part.key) == section), None)
        if found is None:
            raise ValidationError({"section": _("This is no longer in the draft.")})
    else:
        if not new_title.strip():
            raise ValidationError({"new_title": _("Give the title of what is new.")})
        found = []
        sections.append((shape.section_model(title=new_title.strip()), found))
    rows = [
        shape.item_model(code=line.code, title=line.name, criterion=line.text, kind=kind)
        if isinstance(draft, CompetencyFramework)
        else shape.item_model(text=line.name, explanation=line.text)
        for line in lines
    ]
    found += rows
    put_sections(draft, sections)
    return {str(row.key) for row in rows}


@transaction.atomic
def arrange(
    *, user, item: CompetencyFramework, seen_revision: int, places: dict[str, Place]
) -> bool:
    """Move and re-code the competencies of the latest draft; return whether anything changed.

    ``places`` says for each competency, by key, where it goes; one that is not named stays as it
    is. Keys stay, so ratings and history go along. Raises ``ValidationError`` as ``add_lines``.
    """
    draft = take_draft(item=item, user=user, seen_revision=seen_revision)
    sections = sections_of(draft)
    known = {str(area.key) for area, _items in sections}
    if any(place.area not in known for place in places.values()):
        raise ValidationError(_("An area is no longer in the draft."))
    competencies = {str(one.key): one for _area, items in sections for one in items}
    current = {
        str(one.key): Place(str(area.key), number, one.code)
        for area, items in sections
        for number, one in enumerate(items, start=1)
    }
    places = current | {key: place for key, place in places.items() if key in current}
    order = _ordered(places, current)
    standing = [[(str(one.key), one.code) for one in items] for _area, items in sections]
    if standing == [
        [(key, places[key].code) for key in order.get(str(area.key), [])] for area, _ in sections
    ]:
        return False
    for key, competency in competencies.items():
        competency.code = places[key].code
    put_sections(
        draft,
        [
            (area, [competencies[key] for key in order.get(str(area.key), [])])
            for area, _items in sections
        ],
    )
    save_draft(draft=draft, user=user)
    return True


def renumbered(
    places: dict[str, Place], current: dict[str, Place], prefixes: dict[str, str]
) -> dict[str, Place]:
    """The same order, with places 1, 2… and codes A1, A2… in each area.

    ``current`` is how they stand now, and ``prefixes`` what codes begin with, by key of the area.
    """
    return {
        key: Place(area, number, f"{prefixes.get(area, '')}{number}")
        for area, keys in _ordered(places, current).items()
        for number, key in enumerate(keys, start=1)
    }


def _ordered(places: dict[str, Place], current: dict[str, Place]) -> dict[str, list[str]]:
    """The keys in each area, in the order of their places.

    Two that ask for the same place: who moved up, or came from elsewhere, takes it; who moved
    down comes after the one that stood there.
    """

    def rank(key):
        place, now = places[key], current.get(key)
        if now is None or place.area != now.area or place.place < now.place:
            moved = -1
        else:
            moved = int(place.place > now.place)
        return place.place, moved

    order: dict[str, list[str]] = {}
    for key in sorted(places, key=rank):
        order.setdefault(places[key].area, []).append(key)
    return order


def prefixes_of(areas) -> dict[str, str]:
    """What codes begin with in each area: the area's own code, or the letter of its place."""
    return {str(area.key): area.code or _letter(place) for place, area in enumerate(areas)}


def _letter(place: int) -> str:
    """A, B … Z, AA, AB …"""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
