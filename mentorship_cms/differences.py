"""What changed between two contents of the same kind, part by part and word by word."""

import difflib
import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass

from .structures import Content, Part

#: A word with the white space before it.
_WORDS = re.compile(r"\s*\S+")
#: Equal runs shorter than this between two changes are read with the changes.
_SHORTEST_SAME = 2


@dataclass(frozen=True)
class Segment:
    """A run of words: ``op`` is ``same``, ``added`` or ``removed``."""

    op: str
    text: str


@dataclass(frozen=True)
class TextChange:
    """One text that reads differently now. ``field`` is its name in the structure."""

    field: str
    old: str
    new: str

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The words of both texts in reading order, as :func:`compare_words` gives them."""
        return compare_words(self.old, self.new)

    @property
    def respaced(self) -> bool:
        """Whether the words are the same, and only spaces or line breaks differ."""
        return self.old.split() == self.new.split()


@dataclass(frozen=True)
class PartChange:
    """What happened to one part. ``old`` is None for an added part, ``new`` for a removed one.

    ``old_parent`` and ``new_parent`` are the parts it stood and stands in. ``place`` is where it
    stands there now, counted from 1; None for a removed part. ``moved`` is set when it went to
    another parent or to another place among the parts that stayed.
    """

    old: Part | None
    new: Part | None
    old_parent: Part | None
    new_parent: Part | None
    moved: bool = False
    texts: tuple[TextChange, ...] = ()
    place: int | None = None

    @property
    def part(self) -> Part:
        """The part as it is now, or as it last was."""
        return self.new or self.old

    @property
    def parent(self) -> Part:
        """The part it stands in now, or last stood in."""
        return self.new_parent or self.old_parent

    @property
    def recoded(self) -> TextChange | None:
        """The change of code, if it has another code now."""
        return next((change for change in self.texts if change.field == "code"), None)

    @property
    def reworded(self) -> tuple[TextChange, ...]:
        """The changes of texts other than the code."""
        return tuple(change for change in self.texts if change.field != "code")

    @property
    def changed_parent(self) -> bool:
        """Whether it stands in another part than before."""
        return bool(
            self.old and self.new and _identity(self.old_parent) != _identity(self.new_parent)
        )


@dataclass(frozen=True)
class Difference:
    """Everything that differs between two contents; false when they say the same.

    It is complete: the parts that stayed keep their order, those that were added or moved stand
    at their ``place``, and every text that reads differently is among the ``texts``.
    """

    texts: tuple[TextChange, ...] = ()
    levels: tuple[PartChange, ...] = ()
    parts: tuple[PartChange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.texts or self.levels or self.parts)

    @property
    def added(self) -> tuple[PartChange, ...]:
        """Parts that were not there before."""
        return tuple(change for change in self.parts if change.old is None)

    @property
    def removed(self) -> tuple[PartChange, ...]:
        """Parts that are no longer there."""
        return tuple(change for change in self.parts if change.new is None)

    @property
    def changed(self) -> tuple[PartChange, ...]:
        """Parts that stayed, but moved or read differently."""
        return tuple(change for change in self.parts if change.old and change.new)


def compare(old: Content, new: Content) -> Difference:
    """Return what differs between ``old`` and ``new``, two contents of the same class."""
    return Difference(
        texts=_compare_texts(old, new),
        levels=_compare_parts(_levels(old), _levels(new)),
        parts=_compare_parts(list(old.walk()), list(new.walk())),
    )


def compare_words(old: str, new: str) -> tuple[Segment, ...]:
    """Return the words of two texts in one reading order, marked same, added or removed.

    Joining all but the added segments gives the words of ``old``; all but the removed those of
    ``new``, with its white space. A lone word that both share amid changes counts as changed,
    for readers follow runs of words, not crumbs.
    """
    old_words, new_words = _WORDS.findall(old), _WORDS.findall(new)
    matcher = difflib.SequenceMatcher(
        None,
        [word.strip() for word in old_words],
        [word.strip() for word in new_words],
        autojunk=False,
    )
    segments: list[Segment] = []
    removed, added = "", ""
    opcodes = matcher.get_opcodes()
    for place, (op, old_from, old_to, new_from, new_to) in enumerate(opcodes):
        amid = 0 < place < len(opcodes) - 1
        if op == "equal" and not (amid and old_to - old_from < _SHORTEST_SAME):
            segments += _changed(removed, added)
            segments.append(Segment("same", "".join(new_words[new_from:new_to])))
            removed, added = "", ""
        else:
            removed += "".join(old_words[old_from:old_to])
            added += "".join(new_words[new_from:new_to])
    return (*segments, *_changed(removed, added))


def _changed(removed: str, added: str) -> list[Segment]:
    pair = (Segment("removed", removed), Segment("added", added))
    return [segment for segment in pair if segment.text]


def _levels(content: Content) -> list[tuple[Part, Part]]:
    return [(level, content) for level in getattr(content, "levels", ())]


def _identity(part: Part | None) -> tuple[str, str | None]:
    """Type and key: an area and a competency never count as the same part."""
    return type(part).__name__, getattr(part, "key", None)


def _compare_texts(old: Part, new: Part) -> tuple[TextChange, ...]:
    before, after = old.texts(), new.texts()
    return tuple(
        TextChange(field, before.get(field, ""), after.get(field, ""))
        for field in dict.fromkeys([*after, *before])
        if before.get(field, "") != after.get(field, "")
    )


def _compare_parts(old: list[tuple[Part, Part]], new: list[tuple[Part, Part]]):
    before = {_identity(part): (part, parent) for part, parent in old}
    after = {_identity(part): (part, parent) for part, parent in new}
    moved = _moved(before, after)
    siblings = Counter()
    changes = []
    for identity, (part, parent) in after.items():
        home = _identity(parent)
        siblings[home] += 1
        place = siblings[home]
        if identity not in before:
            changes.append(PartChange(None, part, None, parent, place=place))
            continue
        old_part, old_parent = before[identity]
        texts = _compare_texts(old_part, part)
        has_moved = identity in moved
        if texts or has_moved:
            changes.append(PartChange(old_part, part, old_parent, parent, has_moved, texts, place))
    changes += [
        PartChange(part, None, parent, None)
        for identity, (part, parent) in before.items()
        if identity not in after
    ]
    return tuple(changes)


def _moved(before: dict, after: dict) -> set:
    """The fewest parts to call moved: another parent, or out of order among those that stayed."""
    moved = set()
    stayed: dict[tuple, list[int]] = {}
    names: dict[tuple, list[tuple]] = {}
    places = {identity: place for place, identity in enumerate(before)}
    for identity, (_part, parent) in after.items():
        if identity not in before:
            continue
        home = _identity(parent)
        if _identity(before[identity][1]) != home:
            moved.add(identity)
            continue
        stayed.setdefault(home, []).append(places[identity])
        names.setdefault(home, []).append(identity)
    for home, order in stayed.items():
        kept = _longest_increasing(order)
        moved.update(name for index, name in enumerate(names[home]) if index not in kept)
    return moved


def _longest_increasing(numbers: list[int]) -> set[int]:
    """Indexes of a longest increasing run (not necessarily adjacent) of ``numbers``."""
    tails: list[int] = []
    tail_index: list[int] = []
    previous: list[int] = []
    for index, number in enumerate(numbers):
        place = bisect_left(tails, number)
        if place == len(tails):
            tails.append(number)
            tail_index.append(index)
        else:
            tails[place] = number
            tail_index[place] = index
        previous.append(tail_index[place - 1] if place else -1)
    kept = set()
    index = tail_index[-1] if tail_index else -1
    while index >= 0:
        kept.add(index)
        index = previous[index]
    return kept
