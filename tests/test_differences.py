"""What changed, told part by part: on generated contents, and in words on chosen ones."""

import uuid
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentorship_cms.differences import compare, compare_words
from mentorship_cms.structures import (
    AreaContent,
    CompetencyContent,
    FrameworkContent,
    GroupContent,
    LevelContent,
    ResponsibilityContent,
    RoleContent,
)

KEYS = [str(uuid.UUID(int=number)) for number in range(1, 40)]
words = st.text(alphabet="ab é\n", max_size=12)


@st.composite
def frameworks(draw):
    """Contents that share keys, so that parts stay, move, come and go."""
    keys = draw(st.permutations(KEYS[:12]))
    levels = tuple(
        LevelContent(key, number, draw(words))
        for number, key in enumerate(draw(st.permutations(KEYS[20:23])), start=1)
    )
    areas = []
    for key in draw(st.permutations(KEYS[30:33]))[: draw(st.integers(0, 3))]:
        count = draw(st.integers(0, 4))
        items, keys = keys[:count], keys[count:]
        areas.append(
            AreaContent(
                key,
                draw(words),
                draw(words),
                draw(words),
                tuple(
                    CompetencyContent(
                        item,
                        draw(words),
                        draw(words),
                        draw(st.sampled_from(["knowledge", "attitude"])),
                        draw(words),
                        tuple((level.key, "x") for level in levels[: draw(st.integers(0, 3))]),
                    )
                    for item in items
                ),
            )
        )
    return FrameworkContent(
        draw(words), draw(words), draw(words), draw(words), draw(words), levels, tuple(areas)
    )


@given(frameworks())
def test_equal_contents_have_no_difference(content):
    assert not compare(content, content)


@given(frameworks())
def test_a_content_survives_being_kept_as_a_document(content):
    again = FrameworkContent.from_document(content.as_document())
    assert again == content
    assert again.digest() == content.digest()


@given(frameworks(), frameworks())
def test_a_difference_tells_exactly_what_comes_goes_and_reads_differently(old, new):
    difference = compare(old, new)
    before = {part.key: (part, parent) for part, parent in old.walk()}
    after = {part.key: (part, parent) for part, parent in new.walk()}
    assert {change.new.key for change in difference.added} == after.keys() - before.keys()
    assert {change.old.key for change in difference.removed} == before.keys() - after.keys()
    told = {change.new.key: change for change in difference.changed}
    for key in before.keys() & after.keys():
        old_texts, new_texts = before[key][0].texts(), after[key][0].texts()
        fields = {
            name
            for name in {*old_texts, *new_texts}
            if old_texts.get(name, "") != new_texts.get(name, "")
        }
        assert {change.field for change in told[key].texts} == fields if key in told else not fields
        if getattr(before[key][1], "key", None) != getattr(after[key][1], "key", None):
            assert told[key].moved
    if old.as_document() != new.as_document() and old.levels == new.levels:
        assert difference


@given(frameworks(), frameworks())
def test_the_parts_that_did_not_move_kept_their_order(old, new):
    moved = {change.new.key for change in compare(old, new).changed if change.moved}
    for area in new.areas:
        stayed = [item.key for item in area.competencies if item.key not in moved]
        before = [item.key for a in old.areas if a.key == area.key for item in a.competencies]
        common = [key for key in before if key in stayed]
        assert common == [key for key in stayed if key in before]


@given(words, words)
def test_the_words_of_a_difference_give_both_texts_back(old, new):
    segments = compare_words(old, new)
    assert "".join(s.text for s in segments if s.op != "added").split() == old.split()
    assert "".join(s.text for s in segments if s.op != "removed").split() == new.split()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Greets the resident", "Greets the resident", [("same", "Greets the resident")]),
        ("Greets", "Greets by name", [("same", "Greets"), ("added", " by name")]),
        (
            "Washes hands before and after care",
            "Washes hands before care",
            [("same", "Washes hands before"), ("removed", " and after"), ("same", " care")],
        ),
        (
            "One two three",
            "Uno two tres",
            [("removed", "One two three"), ("added", "Uno two tres")],
        ),
        ("", "New", [("added", "New")]),
    ],
)
def test_words_are_told_in_runs(old, new, expected):
    assert [(s.op, s.text) for s in compare_words(old, new)] == expected


def test_one_competency_carried_to_the_end_is_the_only_one_moved():
    items = tuple(
        CompetencyContent(KEYS[n], f"A{n}", "Title", "knowledge", "Does") for n in range(5)
    )
    area = AreaContent(KEYS[30], "A", "Area", "", items)
    old = FrameworkContent("Title", areas=(area,))
    new = FrameworkContent("Title", areas=(replace(area, competencies=(*items[1:], items[0])),))
    (change,) = compare(old, new).parts
    assert (change.new, change.moved, change.texts) == (items[0], True, ())
    assert not change.changed_parent


def test_another_code_is_told_apart_from_other_words():
    old = RoleContent("Mentor", "mentor")
    item = ResponsibilityContent(KEYS[0], "Welcomes")
    new = replace(old, groups=(GroupContent(KEYS[30], "Welcome", "", (item,)),))
    assert [change.part.key for change in compare(old, new).added] == [KEYS[30], KEYS[0]]
    competency = CompetencyContent(KEYS[0], "A1", "Title", "knowledge", "Does")
    frameworks = [
        FrameworkContent("T", areas=(AreaContent(KEYS[30], "A", "Area", "", (version,)),))
        for version in (competency, replace(competency, code="B1", title="Other"))
    ]
    (change,) = compare(*frameworks).parts
    assert (change.recoded.old, change.recoded.new) == ("A1", "B1")
    assert [text.field for text in change.reworded] == ["title"]
