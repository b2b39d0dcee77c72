"""What the public templates say about parts and differences."""

from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from django.utils.translation import override
from wagtail.rich_text import RichText

from mentorship_cms.differences import Segment, TextChange, compare
from mentorship_cms.structures import (
    AreaContent,
    CompetencyContent,
    FrameworkContent,
    GroupContent,
    LevelContent,
    ResponsibilityContent,
    RoleContent,
)
from mentorship_cms.templatetags import mentorship as tags

LOW = LevelContent("l1", 1, "Joins in")
HIGH = LevelContent("l2", 2, "Works alone")
LISTEN = CompetencyContent("c1", "A1", "Listening", "know_how", "Sits down.", (("l2", "Alone."),))
WASH = CompetencyContent("c2", "A2", "Washing hands", "knowledge", "Names the moments.")
CONTACT = AreaContent("a1", "A", "Contact", "", (LISTEN, WASH))
SAFETY = AreaContent("a2", "B", "Safety")
FRAMEWORK = FrameworkContent("Care", levels=(LOW, HIGH), areas=(CONTACT, SAFETY))

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def english():
    with override("en"):
        yield


def test_parts_have_a_name_a_code_and_a_text():
    responsibility = ResponsibilityContent("r1", "Welcomes the mentee.", "At the door.")
    group = GroupContent("g1", "Welcoming", "The first days.", (responsibility,))
    told = [
        (
            str(tags.part_label(part)),
            tags.part_code(part),
            tags.part_name(part),
            tags.part_text(part),
        )
        for part in (CONTACT, LISTEN, HIGH, group, responsibility)
    ]
    assert told == [
        ("Area", "A", "Contact", ""),
        ("Competency", "A1", "Listening", "Sits down."),
        ("Level", "2", "Works alone", ""),
        ("Responsibility group", "", "Welcoming", "The first days."),
        ("Responsibility", "", "Welcomes the mentee.", "At the door."),
    ]


def test_descriptors_come_in_the_order_of_the_levels_without_empty_ones():
    competency = replace(LISTEN, descriptors=(("l2", "Alone."), ("gone", "?"), ("l1", "Together.")))
    shown = BeautifulSoup(tags.level_descriptors(competency, (LOW, HIGH)), "html.parser")
    assert [item.get_text() for item in shown.select("dd")] == ["Together.", "Alone."]
    assert [item.get_text(" ", strip=True) for item in shown.select("dt")] == [
        f"{level.number} {level.label}" for level in (LOW, HIGH)
    ]
    assert tags.level_descriptors(LISTEN, (LOW, HIGH)).count("<dd>") == 1


def test_what_editors_type_in_a_descriptor_is_escaped():
    competency = replace(LISTEN, descriptors=(("l1", "<script>alert(1)</script>\n\nMore & more"),))
    shown = tags.level_descriptors(competency, (replace(LOW, label="<b>Low</b>"),))
    assert "<script>" not in shown
    assert "<b>" not in shown
    assert "<p>More &amp; more</p>" in shown


def test_a_descriptor_is_called_by_its_level_in_the_first_content_that_knows_it():
    older = replace(FRAMEWORK, levels=(LOW, replace(HIGH, label="On one's own")))
    assert tags.field_label("descriptor:l2", FRAMEWORK, older) == "Level 2: Works alone"
    assert tags.field_label("descriptor:l2", replace(FRAMEWORK, levels=()), older) == (
        "Level 2: On one's own"
    )
    assert tags.field_label("descriptor:gone", FRAMEWORK, "") == "Level descriptor"


def test_every_text_of_every_part_has_a_label():
    role = RoleContent("Mentor", "mentor", groups=(GroupContent("g1", "Welcoming"),))
    parts = [FRAMEWORK, CONTACT, LISTEN, LOW, role, role.groups[0], ResponsibilityContent("r", "x")]
    fields = {field for part in parts for field in part.texts() if ":" not in field}
    assert fields == set(tags.FIELD_LABELS)


def test_marks_leave_the_white_space_out():
    change = TextChange("criterion", "Sits down.", "Sits down. And listens.")
    assert tags.change_segments(change)[-1] == Segment("added", "And listens.")
    assert "".join(segment.text for segment in tags.change_segments(change)) == change.new


def test_removed_and_added_words_never_touch():
    segments = tags.change_segments(TextChange("code", "A1", "B7"))
    assert segments == (Segment("removed", "A1"), Segment("same", " "), Segment("added", "B7"))


def test_a_chosen_value_changes_under_its_name():
    segments = tags.change_segments(TextChange("kind", "know_how", "attitude"))
    assert [(segment.op, segment.text) for segment in segments] == [
        ("removed", "Know-how"),
        ("same", " "),
        ("added", "Attitude"),
    ]
    assert tags.kind_label("unknown") == "Unknown"


def test_a_difference_is_counted_and_grouped_by_what_happened():
    newer = replace(
        FRAMEWORK,
        introduction="For newcomers.",
        levels=(LOW, replace(HIGH, label="Works on their own")),
        areas=(
            replace(CONTACT, competencies=(replace(LISTEN, code="A9", title="Really listening"),)),
            replace(SAFETY, competencies=(WASH, replace(WASH, key="c3"), replace(WASH, key="c4"))),
        ),
    )
    difference = compare(FRAMEWORK, newer)
    assert tags.change_counts(difference) == [
        "1 general text reworded",
        "2 competencies added",
        "1 competency moved",
        "1 competency with another code",
        "1 competency reworded",
        "1 level reworded",
    ]
    groups = {
        name: [change.part.key for change in changes]
        for name, _title, changes in tags.change_groups(difference)
    }
    assert groups == {"added": ["c3", "c4"], "moved": ["c2"], "recoded": ["c1"], "reworded": ["c1"]}


def test_no_difference_has_nothing_to_tell():
    difference = compare(FRAMEWORK, FRAMEWORK)
    assert tags.change_counts(difference) == tags.change_groups(difference) == []


def test_a_telephone_number_can_be_called():
    assert tags.telephone("+32 (0)2 123.45.67") == "tel:+3221234567"


def test_headings_rise_where_text_stands_without_one():
    html = '<h3 id="a">One</h3><p>h3</p>'
    assert tags.raise_headings(RichText(html)) == '<h2 id="a">One</h2><p>h3</p>'
