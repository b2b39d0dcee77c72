"""The form of a sheet: a plain matrix of answers and remarks, by the key of the competency.

No Django formset: forty-five forms cost more time than the rest of the page.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.datastructures import MultiValueDict

from ..choices import Answer
from ..models import Rating, Sheet
from ..services.previous import Earlier
from ..services.sheets import GENERAL, Entry
from ..structures import AreaContent, CompetencyContent, FrameworkContent

#: The name of the general remark in a form.
GENERAL_NAME = "general"
#: Revision of a form that does not say which it is: no save has it.
NO_REVISION = 2**31 - 1


def clean_text(text: str) -> str:
    """A text as it is kept: one sort of line end, nothing around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def clean_revision(text: str) -> int:
    """The number of a save; something else is no save that ever was."""
    return int(text) if text.isdecimal() and len(text) < 10 else NO_REVISION


def key_of(name: str) -> str:
    """The key that an entry has by its name in a form, written as keys are."""
    if name == GENERAL_NAME:
        return GENERAL
    try:
        return str(uuid.UUID(name))
    except ValueError:
        return name


def name_of(key: str) -> str:
    """The name in a form of the entry with that key."""
    return key or GENERAL_NAME


def answer_value(rating: Rating | None) -> str:
    """The value that stands for the answer of a rating in a form."""
    if rating is None:
        return ""
    return str(rating.level.key) if rating.level else rating.answer


def entries_of(data: MultiValueDict) -> list[Entry]:
    """What a form says, an entry for each competency on it, in the order of the form."""
    entries = []
    for field_name in data:
        if not field_name.startswith("revision-"):
            continue
        name = field_name.removeprefix("revision-")
        entries.append(
            _entry(
                key_of(name),
                data.get(f"answer-{name}", ""),
                data.get(f"remark-{name}", ""),
                data.get(field_name, ""),
            )
        )
    return entries


def kept_entry(data: MultiValueDict) -> Entry:
    """What is kept of one entry while it is typed; without an answer, that one stays."""
    key = key_of(data.get("name", ""))
    return _entry(key, data.get("answer"), data.get("text", ""), data.get("revision", ""))


def _entry(key: str, value: str | None, remark: str, revision: str) -> Entry:
    """An entry from what a form sent; ``value`` is a level, another answer, "" or None."""
    is_level = bool(value) and value not in (Answer.NOT_OBSERVED, Answer.NOT_APPLICABLE)
    return Entry(
        key=key,
        answer=None if key == GENERAL else Answer.LEVEL if is_level else value,
        level_key=key_of(value) if is_level else "",
        remark=clean_text(remark),
        revision=clean_revision(revision),
    )


@dataclass
class Question:
    """One competency on a form: what is chosen and typed, and what to say about it."""

    competency: CompetencyContent
    number: int
    answer: str = ""
    remark: str = ""
    revision: int = 0
    may_clear: bool = False
    errors: list[str] = field(default_factory=list)
    conflict: Rating | None = None
    earlier: Earlier | None = None
    #: The label of the last rating when the scale has no such level any more.
    lost_level: str = ""
    #: The area that begins with this question, on a form with several.
    new_area: AreaContent | None = None
    #: Whether the reader is brought here when the page is opened to go on.
    is_aim: bool = False

    @property
    def name(self) -> str:
        return self.competency.key

    @property
    def has_trouble(self) -> bool:
        """Whether there is more to say than what is asked."""
        return bool(self.errors or self.conflict or self.lost_level)

    @property
    def anchor(self) -> str:
        """The field to which the list of what is wrong leads."""
        return f"answer-{self.competency.key}"


@dataclass
class Remark:
    """The general remark of a sheet on a form."""

    text: str = ""
    revision: int = 0
    errors: list[str] = field(default_factory=list)
    conflict: Sheet | None = None
    name = GENERAL_NAME
    anchor = f"remark-{GENERAL_NAME}"


class SheetForm:
    """A sheet to fill in: what is stored, or what was typed, with what is wrong about it.

    ``data`` is what was typed, when it could not be saved. ``errors`` are messages by key.
    ``conflicts`` are the keys of what somebody else saved in between: their revision becomes
    that of what is stored, so that saving again overwrites it knowingly.
    """

    def __init__(
        self,
        content: FrameworkContent,
        sheet: Sheet | None,
        ratings: Mapping[str, Rating],
        *,
        data: MultiValueDict | None = None,
        errors: Mapping[str, list[str]] | None = None,
        conflicts: Iterable[str] = (),
    ):
        self.content = content
        self.sheet = sheet
        self.ratings = ratings
        self.typed = {entry.key: entry for entry in entries_of(data)} if data is not None else {}
        self.errors = errors or {}
        self.conflicts = frozenset(conflicts)
        self.numbers = {
            competency.key: number for number, competency in enumerate(content.competencies, 1)
        }

    def questions(
        self,
        competencies: Iterable[CompetencyContent],
        earlier: Mapping[str, Earlier],
    ) -> list[Question]:
        """The questions on these competencies."""
        levels = {level.key for level in self.content.levels}
        questions = []
        for competency in competencies:
            key = competency.key
            rating, typed = self.ratings.get(key), self.typed.get(key)
            question = Question(
                competency=competency,
                number=self.numbers[key],
                may_clear=bool(rating and rating.answer),
                earlier=earlier.get(key),
            )
            if question.earlier and (last := question.earlier.rating):
                if last.level_key and last.level_key not in levels:
                    question.lost_level = last.level_label
            if typed is not None:
                question.answer = typed.level_key or typed.answer
                question.remark = typed.remark
                question.revision = typed.revision
                question.errors = self.errors.get(key, [])
                question.may_clear = question.may_clear or bool(question.answer)
            elif rating is not None:
                question.answer, question.remark = answer_value(rating), rating.remark
                question.revision = rating.revision
            if key in self.conflicts and rating is not None:
                question.conflict = rating
                question.revision = rating.revision
            questions.append(question)
        return questions

    def remark(self) -> Remark:
        """The general remark."""
        typed = self.typed.get(GENERAL)
        remark = Remark(errors=self.errors.get(GENERAL_NAME, []))
        if typed is not None:
            remark.text, remark.revision = typed.remark, typed.revision
        elif self.sheet is not None:
            remark.text, remark.revision = self.sheet.remark, self.sheet.revision
        if GENERAL in self.conflicts and self.sheet is not None:
            remark.conflict, remark.revision = self.sheet, self.sheet.revision
        return remark
