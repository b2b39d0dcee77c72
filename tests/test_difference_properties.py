"""A difference is complete: applied to the old content, it gives the new one exactly.

The new content is made from the old one by edits such as an editor makes, as many as the example
says; now and then the two have nothing to do with each other.
"""

import random
import uuid
from dataclasses import replace

from bs4 import BeautifulSoup
from django.template.loader import render_to_string
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorship_cms.differences import Difference, TextChange, compare
from mentorship_cms.structures import FrameworkContent, RoleContent
from mentorship_cms.templatetags.mentorship import change_counts, change_segments, happenings

SECTIONS = {FrameworkContent: "areas", RoleContent: "groups"}
ITEMS = {FrameworkContent: "competencies", RoleContent: "responsibilities"}
KINDS = ["knowledge", "know_how", "attitude"]
WORDS = "washes hands before after care the resident asks notes calmly by name é <b> & ’s".split()
#: Between two words: mostly a space, sometimes what a paste brings.
SPACES = [" "] * 6 + ["  ", "\n", "\n\n", "\t"]


class Author:
    """Writes a content as a document, and edits it by chance."""

    def __init__(self, content_class, seed):
        self.content_class = content_class
        self.chance = random.Random(seed)
        self.document = self.whole()

    @property
    def content(self):
        """What is written now. Levels are numbered, descriptors sorted, as the models do."""
        document = self.document
        for number, level in enumerate(document.get("levels", ()), start=1):
            level["number"] = number
        for item in self.items():
            if "descriptors" in item:
                item["descriptors"] = sorted(pair for pair in item["descriptors"] if pair[1])
        return self.content_class.from_document(document)

    # -- Writing

    def key(self):
        return str(uuid.UUID(int=self.chance.getrandbits(128)))

    def text(self):
        count = self.chance.choice([0, 1, 2, 4, 9])
        words = "".join(self.chance.choice(WORDS) + self.spaces() for _ in range(count))
        return words if self.chance.random() < 0.1 else words.strip()

    def spaces(self):
        return self.chance.choice(SPACES)

    def texts(self, *names):
        return {name: self.text() for name in names}

    def some(self, make, most):
        count = 0 if self.chance.random() < 0.1 else self.chance.randint(2, most)
        return [make() for _ in range(count)]

    def whole(self):
        if self.content_class is RoleContent:
            groups = self.some(self.section, 4)
            return {"role": "mentor", "groups": groups, **self.texts("title", "summary")}
        names = ("title", "occupation", "introduction", "scale_title", "scale_description")
        self.document = {"levels": self.some(self.level, 4), "areas": []}
        return {**self.document, **self.texts(*names), "areas": self.some(self.section, 4)}

    def level(self):
        return {"key": self.key(), "number": 0, **self.texts("label", "description")}

    def section(self):
        items = {ITEMS[self.content_class]: self.some(self.item, 4)}
        codes = {"code": self.code()} if self.content_class is FrameworkContent else {}
        return {"key": self.key(), **self.texts("title", "description"), **codes, **items}

    def item(self):
        if self.content_class is RoleContent:
            return {"key": self.key(), **self.texts("text", "explanation")}
        return {
            "key": self.key(),
            "code": self.code(),
            "kind": self.chance.choice(KINDS),
            "descriptors": [[level["key"], self.text()] for level in self.document["levels"]],
            **self.texts("title", "criterion"),
        }

    def code(self):
        return self.chance.choice(["", "A1", "A2", "B1", "C10"])

    # -- What there is to edit

    def sections(self):
        return self.document[SECTIONS[self.content_class]]

    def items_of(self, section):
        return section[ITEMS[self.content_class]]

    def items(self):
        return [item for section in self.sections() for item in self.items_of(section)]

    def lists_of_items(self):
        return [self.items_of(section) for section in self.sections()]

    def pick(self, found):
        return self.chance.choice(found) if found else None

    def insert(self, parts, part):
        parts.insert(self.chance.randint(0, len(parts)), part)

    def take(self, parts):
        return parts.pop(self.chance.randrange(len(parts))) if parts else None

    def reorder(self, parts):
        if parts:
            self.insert(parts, self.take(parts))

    # -- Edits

    def add_item(self):
        self.insert(self.pick(self.lists_of_items()) or [], self.item())

    def remove_item(self):
        self.take(self.pick(self.lists_of_items()) or [])

    def move_item(self):
        self.reorder(self.pick(self.lists_of_items()) or [])

    def carry_item(self):
        item = self.take(self.pick([items for items in self.lists_of_items() if items]) or [])
        if item:
            self.insert(self.pick(self.lists_of_items()), item)

    def add_section(self):
        self.insert(self.sections(), self.section())

    def remove_section(self):
        self.take(self.sections())

    def empty_section_into_another(self):
        section = self.take(self.sections())
        others = self.lists_of_items()
        if section and others:
            for item in self.items_of(section):
                self.insert(self.pick(others), item)

    def move_section(self):
        self.reorder(self.sections())

    def any_text(self):
        parts = [self.document, *self.sections(), *self.items(), *self.document.get("levels", ())]
        part = self.pick(parts)
        fixed = {"key", "kind", "role", "number"}
        return part, self.pick(
            [n for n, v in part.items() if isinstance(v, str) and n not in fixed]
        )

    def reword(self):
        part, name = self.any_text()
        part[name] = self.text()

    def change_a_word(self):
        part, name = self.any_text()
        words = part[name].split(" ")
        words[self.chance.randrange(len(words))] = self.chance.choice(WORDS)
        part[name] = " ".join(words)

    def respace(self):
        part, name = self.any_text()
        part[name] = "".join(word + self.spaces() for word in part[name].split())

    def choose(self):
        for item in self.items()[:1]:
            if "kind" in item:
                item["kind"] = self.chance.choice(KINDS)
                item["code"] = self.code()
        if "role" in self.document:
            self.document["role"] = self.chance.choice(["mentor", "mentee", "coordinator"])

    def add_level(self):
        self.insert(self.document.get("levels", []), self.level())

    def remove_level(self):
        # What the competencies say of it stays with them, as in the models.
        self.take(self.document.get("levels", []))

    def move_level(self):
        self.reorder(self.document.get("levels", []))

    def describe(self):
        item, level = self.pick(self.items()), self.pick(self.document.get("levels", ()))
        if item and level:
            others = [pair for pair in item["descriptors"] if pair[0] != level["key"]]
            item["descriptors"] = [*others, [level["key"], self.text()]]


EDITS = [
    Author.add_item,
    Author.remove_item,
    Author.move_item,
    Author.carry_item,
    Author.add_section,
    Author.remove_section,
    Author.empty_section_into_another,
    Author.move_section,
    Author.reword,
    Author.change_a_word,
    Author.respace,
    Author.choose,
    Author.add_level,
    Author.remove_level,
    Author.move_level,
    Author.describe,
]
MOVES = [Author.move_item, Author.carry_item, Author.move_section, Author.move_level]
seeds = st.integers(0, 2**32)
edits = st.lists(st.sampled_from(EDITS), min_size=1, max_size=12)


def pair(content_class, seed, made):
    """An old content and the new one that ``made`` made of it."""
    author = Author(content_class, seed)
    old = author.content
    for edit in made:
        edit(author)
    if author.chance.random() < 0.05:
        author.document = author.whole()
    return old, author.content


# -- Applying a difference


def apply(old, difference):
    """The content that ``difference`` makes of ``old``."""
    known = {identity(part): part for part, _parent in old.walk()}
    known |= {identity(level): level for level in levels_of(old)}

    def arranged(home, parts, changes):
        """The parts of ``home`` now: those that stayed in their order, the others in place."""
        left = {identity(c.old) for c in changes if c.old and (c.new is None or c.moved)}
        placed = [part for part in parts if identity(part) not in left]
        arrived = [c for c in changes if c.new and (c.old is None or c.moved)]
        for change in sorted(arrived, key=lambda change: change.place):
            if identity(change.new_parent) == identity(home):
                placed.insert(change.place - 1, known.get(identity(change.new), change.new))
        texts = {identity(c.old): c.texts for c in changes if c.old}
        return tuple(reworded(part, texts.get(identity(part), ())) for part in placed)

    new = reworded(old, difference.texts)
    sections = [
        replace(
            section,
            **{section.children_field: arranged(section, section.children, difference.parts)},
        )
        for section in arranged(old, old.children, difference.parts)
    ]
    new = replace(new, **{old.children_field: tuple(sections)})
    if isinstance(old, RoleContent):
        return new
    levels = enumerate(arranged(old, old.levels, difference.levels), start=1)
    return replace(new, levels=tuple(replace(level, number=number) for number, level in levels))


def reworded(part, texts):
    """A part with the new words of each text that reads differently."""
    new = {change.field: change.new for change in texts}
    described = {name.partition(":")[2]: new.pop(name) for name in [*new] if ":" in name}
    if described:
        descriptors = dict(part.descriptors) | described
        new["descriptors"] = tuple(sorted(pair for pair in descriptors.items() if pair[1]))
    return replace(part, **new)


def levels_of(content):
    return getattr(content, "levels", ())


def identity(part):
    return type(part), getattr(part, "key", None)


def bare(difference):
    """The difference without what stands beneath its parts: nobody can look there."""

    def emptied(part):
        names = {part.children_field, "levels"} & set(vars(part)) if part else ()
        return replace(part, **dict.fromkeys(names, ())) if names else part

    def each(changes):
        names = ("old", "new", "old_parent", "new_parent")
        return tuple(
            replace(change, **{name: emptied(getattr(change, name)) for name in names})
            for change in changes
        )

    return Difference(difference.texts, each(difference.levels), each(difference.parts))


def all_changes(difference):
    return (*difference.parts, *difference.levels)


def all_texts(difference):
    return [*difference.texts, *(text for c in all_changes(difference) for text in c.texts)]


def check(content_class, seed, made):
    """Whatever holds of a difference."""
    old, new = pair(content_class, seed, made)
    difference = compare(old, new)
    assert apply(old, bare(difference)) == new
    assert bool(difference) == (old != new) == (old.digest() != new.digest())
    assert bool(change_counts(difference)) == bool(difference)
    for change in all_changes(difference):
        assert happenings(change)
    for text in all_texts(difference):
        marked = {segment.op for segment in change_segments(text)} - {"same"}
        assert marked or text.respaced


@settings(max_examples=500)
@given(seeds, edits)
def test_a_difference_of_frameworks_gives_the_new_one(seed, made):
    check(FrameworkContent, seed, made)


@settings(max_examples=200)
@given(seeds, edits)
def test_a_difference_of_roles_gives_the_new_one(seed, made):
    check(RoleContent, seed, made)


@settings(max_examples=100)
@given(seeds, st.sampled_from(MOVES))
def test_one_part_that_was_moved_is_the_only_one_told(seed, edit):
    author = Author(FrameworkContent, seed)
    old = author.content
    edit(author)
    new = author.content
    assert len(all_changes(compare(old, new))) == (old != new)


@settings(max_examples=60)
@given(seeds, edits)
def test_readers_find_every_change_on_the_page(seed, made):
    old, new = pair(FrameworkContent, seed, made)
    difference = compare(old, new)
    shown = BeautifulSoup(
        render_to_string(
            "mentorship_cms/components/difference.html",
            {"difference": difference, "content": new, "old_content": old, "heading": "h2"},
        ),
        "html.parser",
    )
    told = [item.get_text(" ", strip=True) for item in shown.select(".mentorship-change")]
    assert len(told) == sum(len(happenings(change)) for change in difference.parts) + len(
        difference.levels
    )
    assert all(told)
    # Wherever words are compared, some are marked, or a sentence says what differs.
    compared = shown.select(".mentorship-rewordings dd, .mentorship-words")
    assert len(compared) == len(all_texts(difference))
    for words in compared:
        assert words.select("ins, del, .mentorship-words__note")


def test_only_white_space_is_told_as_such(in_english):
    change = TextChange("criterion", "Asks. Notes.", "Asks.\n\nNotes.")
    assert change.respaced
    shown = render_to_string("mentorship_cms/components/words.html", {"change": change})
    assert "Only spaces or line breaks changed." in shown
    assert "Asks.\n\nNotes." in shown
    assert not TextChange("criterion", "Asks.", "Notes.").respaced
