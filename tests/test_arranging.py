"""Many parts of a draft at once: pasting a list, moving, re-coding, copying a whole framework."""

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.models import ModelLogEntry

from mentorship_cms.differences import compare
from mentorship_cms.models import Competency, CompetencyFramework, Rating, RoleDescription
from mentorship_cms.services import arranging, drafting
from mentorship_cms.services.arranging import Place, read_lines
from mentorship_cms.services.publishing import publish
from tests import factories, lifecycle

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def send(client, editor):
    """Open one of the pages as editor, in English, or send something to it."""
    client.force_login(editor)

    def send(name, item, data=None):
        kind = "role" if isinstance(item, RoleDescription) else "framework"
        address = reverse(f"mentorship_cms_admin:{name}", args=[kind, item.pk])
        if data is None:
            return client.get(address, headers={"accept-language": "en"})
        return client.post(address, data, headers={"accept-language": "en"})

    return send


def fields(response):
    """What a browser would send back of the page's own form."""
    form = BeautifulSoup(response.content, "html.parser").select("form[method=post]")[-1]
    data = {}
    for field in form.select("input[name], textarea[name]"):
        data[field["name"]] = (
            # A browser drops the first line break of a text area.
            field.get("value", "") if field.name == "input" else field.text.removeprefix("\n")
        )
    for select in form.select("select[name]"):
        chosen = select.select_one("option[selected]")
        data[select["name"]] = chosen["value"] if chosen else ""
    data.pop("csrfmiddlewaretoken")
    return data


def draft_of(item):
    return type(item).objects.get(pk=item.pk).get_latest_revision_as_object().content()


def key(item, code):
    return next(c.key for c in draft_of(item).competencies if c.code == code)


# -- Reading a list


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A1 Listening", ("A1", "Listening", "")),
        ("A1. Listening", ("A1", "Listening", "")),
        ("1.2 Listening", ("1.2", "Listening", "")),
        ("- A1 Listening", ("A1", "Listening", "")),
        ("• Listening", ("", "Listening", "")),
        ("1. Listening", ("", "Listening", "")),
        ("12) Listening", ("", "Listening", "")),
        ("3 meals a day", ("", "3 meals a day", "")),
        ("A1\tListening\tSits down.", ("A1", "Listening", "Sits down.")),
        ("A1 | Listening | Sits down.", ("A1", "Listening", "Sits down.")),
        ("A1 |Listening", ("", "A1 |Listening", "")),
        ("\tListening\tSits down.", ("", "Listening", "Sits down.")),
        ("Listening\tSits down.", ("", "Listening", "Sits down.")),
        ("A1 Listening\tSits down.", ("A1", "Listening", "Sits down.")),
        ("A1\tListening\t\t", ("A1", "Listening", "")),
    ],
)
def test_a_line_becomes_a_competency(line, expected):
    (read,) = read_lines(line, with_codes=True)
    if line == "A1 |Listening":  # no column: the sign has no space behind it
        assert (read.code, read.name) == ("A1", "|Listening")
        return
    assert (read.code, read.name, read.text) == expected
    assert not read.errors


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("* Welcomes the mentee", ("Welcomes the mentee", "")),
        ("A1 stays in the text", ("A1 stays in the text", "")),
        ("Welcomes the mentee\tOn the first day.", ("Welcomes the mentee", "On the first day.")),
    ],
)
def test_a_line_becomes_a_responsibility(line, expected):
    (read,) = read_lines(line, with_codes=False)
    assert (read.code, read.name, read.text) == ("", *expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # As a spreadsheet writes cells: in quotes where they have line breaks, tabs or quotes.
        (
            'A1\tListening\t"Sits down.\nWaits."\r\nA2\tAsking\tAsks.',
            [(1, "A1", "Listening", "Sits down.\nWaits."), (3, "A2", "Asking", "Asks.")],
        ),
        (
            'A1\t"Says ""yes"""\t"Left\tright"\nA2\t"Two\nlines"\t',
            [(1, "A1", 'Says "yes"', "Left\tright"), (2, "A2", "Two lines", "")],
        ),
        ('"Sits down.\nWaits."\nAsking', [(1, "", "Sits down. Waits.", ""), (3, "", "Asking", "")]),
        # Quotations stay as they are.
        ('Says "yes" and "no"', [(1, "", 'Says "yes" and "no"', "")]),
        ('"Yes" is not enough\n"No"', [(1, "", '"Yes" is not enough', ""), (2, "", '"No"', "")]),
        ('"Open\nNext', [(1, "", '"Open', ""), (2, "", "Next", "")]),
        ('A1 "Quoted" title\tSays "yes".', [(1, "A1", '"Quoted" title', 'Says "yes".')]),
        ('A1\t"Yes" is said\tx', [(1, "A1", '"Yes" is said', "x")]),
        ('5" pipe\n6" pipe', [(1, "", '5" pipe', ""), (2, "", '6" pipe', "")]),
    ],
)
def test_cells_of_a_spreadsheet_are_read_as_it_writes_them(text, expected):
    lines = read_lines(text, with_codes=True)
    assert [(line.number, line.code, line.name, line.text) for line in lines] == expected
    assert not any(line.errors for line in lines)


@pytest.mark.parametrize(
    "line", ["A1\t", "- | | x", "A1\tTitle\tcriterion\tmore", "x" * 256, f"A{'1' * 20}\tTitle"]
)
def test_what_is_wrong_is_told_with_the_line(line):
    lines = read_lines(f"Good\n\n{line}", with_codes=True)
    assert [(read.number, bool(read.errors)) for read in lines] == [(1, False), (3, True)]


@pytest.mark.parametrize("text", ["", " \n\t\n", "x\n" * 201, "x\n" * 10_000])
def test_no_line_and_too_many_are_refused(text):
    with pytest.raises(ValidationError):
        read_lines(text, with_codes=True)
    assert len(read_lines("x\n" * 200, with_codes=True)) == 200


# -- Pasting


def test_a_list_is_shown_before_it_is_added_to_the_draft(send, framework, editor):
    area = framework.content().areas[1]
    typed = {
        "section": area.key,
        "kind": "know_how",
        "new_title": "",
        "lines": "A1 Listening\nB9\tSpeaking\tKnows the words.",
    }
    shown = send("paste", framework, typed)
    html = shown.content.decode()
    assert "is also the code of" in html
    assert "Nobody can see that somebody understands" in html or framework.locale != "en"
    assert draft_of(framework) == framework.content(), "nothing is saved by looking"
    response = send("paste", framework, fields(shown) | {"confirm": "1"})
    assert response.status_code == 302
    draft = draft_of(framework)
    assert [c.title for c in draft.areas[1].competencies][2:] == ["Listening", "Speaking"]
    assert draft.areas[1].competencies[3].code == "B9"
    assert draft.areas[1].competencies[3].criterion == "Knows the words."
    assert {c.kind for c in draft.areas[1].competencies[2:]} == {"know_how"}
    framework.refresh_from_db()
    assert framework.versions.count() == 1, "nothing is published"
    assert framework.latest_revision.user == editor
    entry = ModelLogEntry.objects.for_instance(framework).latest("timestamp")
    assert (entry.action, entry.user) == ("wagtail.edit", editor)


def test_the_preview_says_what_the_lines_become(send, framework, role):
    for item, kind in ((framework, "competencies"), (role, "responsibilities")):
        data = fields(send("paste", item)) | {"lines": "One\nTwo", "kind": "attitude"}
        html = " ".join(send("paste", item, data).content.decode().split())
        assert f"This becomes 2 {kind} in “" in html


def test_a_list_can_make_a_new_area_or_group(send, framework, role):
    for item, title in ((framework, "New area"), (role, "New group")):
        typed = {"section": "", "new_title": title, "kind": "attitude", "lines": "One\nTwo"}
        shown = send("paste", item, typed)
        assert send("paste", item, fields(shown) | {"confirm": "1"}).status_code == 302
        section = draft_of(item).children[-1]
        assert section.title == title
        assert [next(iter(part.texts().values())) or part.title for part in section.children] == [
            "One",
            "Two",
        ]


def test_what_was_pasted_can_be_changed_before_it_is_added(send, framework):
    typed = {"section": "", "new_title": "New", "kind": "attitude", "lines": "One\nTwo"}
    shown = send("paste", framework, fields(send("paste", framework, typed)) | {"change": "1"})
    assert fields(shown) == typed


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": ""}, "kind"),
        ({"section": "", "new_title": ""}, "new_title"),
        ({"section": "11111111-1111-1111-1111-111111111111"}, "section"),
        ({"lines": ""}, "lines"),
        ({"lines": "Good\n" + "x" * 256}, "lines"),
        ({"lines": "x\n" * 10_000}, "lines"),
        ({"new_title": "x" * 256}, "new_title"),
    ],
)
def test_nothing_typed_is_lost_on_a_mistake(send, framework, change, field):
    typed = {
        "section": framework.content().areas[0].key,
        "new_title": "Kept",
        "kind": "attitude",
        "lines": "One\nTwo",
    } | change
    for more in ({}, {"confirm": "1"}):
        response = send("paste", framework, typed | more)
        assert response.status_code == 200
        form = response.context["form"]
        assert list(form.errors) == [field]
        assert form["lines"].value() == typed["lines"]
        assert draft_of(framework) == framework.content()
    if "x" * 256 in change.get("lines", ""):
        assert "Line 2: The title has 256 characters" in response.content.decode()


def test_a_list_is_not_added_twice_nor_to_a_draft_that_nobody_saw(send, framework):
    typed = {"section": "", "new_title": "New", "kind": "attitude", "lines": "One"}
    data = fields(send("paste", framework, typed)) | {"confirm": "1"}
    assert send("paste", framework, data).status_code == 302
    again = send("paste", framework, data)
    assert again.status_code == 200
    assert "Somebody saved another draft" in again.content.decode()
    assert len(draft_of(framework).areas) == 3
    # What comes back can be sent again, now that it was seen.
    assert send("paste", framework, fields(again) | {"confirm": "1"}).status_code == 302


def test_scripts_in_a_list_stay_text(send, framework):
    typed = {
        "section": "",
        "new_title": "<script>a</script>",
        "kind": "attitude",
        "lines": "<script>b</script>",
    }
    assert "<script>b" not in send("paste", framework, typed).content.decode()


# -- Moving and re-coding


def test_the_page_moves_and_recodes_in_the_draft(send, framework, editor):
    shown = send("arrange", framework)
    moved, area = key(framework, "A1"), framework.content().areas[1].key
    data = fields(shown) | {f"{moved}-area": area, f"{moved}-place": "1", f"{moved}-code": "B0"}
    response = send("arrange", framework, data)
    assert response.status_code == 302
    first, second = draft_of(framework).areas
    assert [c.code for c in first.competencies] == ["A2"]
    assert [(c.key, c.code) for c in second.competencies][0] == (moved, "B0")
    framework.refresh_from_db()
    assert framework.has_unpublished_changes
    assert framework.versions.count() == 1
    assert framework.latest_revision.user == editor


def test_a_moved_competency_stays_the_same_one(framework, coordinator, editor):
    cast = lifecycle.cast(framework, coordinator)
    evaluation = lifecycle.shared(cast)
    old, row = framework.content(), Competency.objects.get(area__framework=framework, code="A1")
    moved, area = str(row.key), old.areas[1].key
    framework.refresh_from_db()
    arranging.arrange(
        user=editor,
        item=framework,
        seen_revision=framework.latest_revision_id,
        places={moved: Place(area, 1, "B9")},
    )
    framework.refresh_from_db()
    framework.latest_revision.publish(user=editor)
    framework.refresh_from_db()
    (change,) = (c for c in compare(old, framework.content()).parts if c.part.key == moved)
    assert change.moved and change.changed_parent
    assert (change.recoded.old, change.recoded.new) == ("A1", "B9")
    assert not change.reworded
    # The rating keeps its words, and meets the competency where it stands now.
    rating = Rating.objects.filter(sheet__evaluation=evaluation, competency__key=moved).first()
    assert rating.competency.code == "A1"
    newest = framework.versions.listed().first().competencies.get(key=moved)
    assert (newest.code, str(newest.area_key)) == ("B9", area)
    assert newest.key == rating.competency.key
    now = Competency.objects.get(area__framework=framework, key=moved)
    assert (now.pk, str(now.area.key)) == (row.pk, area)
    # For the register it changed; it was not removed and made anew.
    assert [line.history_type for line in Competency.history.filter(key=moved)] == ["~", "+"]


def test_a_competency_of_a_removed_area_can_be_kept_elsewhere(framework, editor):
    row = Competency.objects.get(area__framework=framework, code="A1")
    draft = framework.latest_revision.as_object()
    (_first, one), (second, two) = drafting.sections_of(draft)
    drafting.put_sections(draft, [(second, [*two, one[0]])])
    drafting.save_draft(draft=draft, user=editor).publish()
    assert Competency.objects.get(key=row.key).pk == row.pk
    assert [line.history_type for line in Competency.history.filter(key=row.key)] == ["~", "+"]


def test_going_back_brings_back_a_removed_area_with_its_competencies(framework):
    old, first = framework.content(), framework.latest_revision
    draft = first.as_object()
    drafting.put_sections(draft, drafting.sections_of(draft)[1:])
    publish(snippet=draft)
    framework.refresh_from_db()
    assert len(framework.content().competencies) == 2
    first.as_object().save_revision().publish()
    framework.refresh_from_db()
    assert framework.content() == old


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"A3": 1}, "A3 A1 A2 A4"),
        ({"A1": 3}, "A2 A3 A1 A4"),
        ({"A1": 2, "A2": 1}, "A2 A1 A3 A4"),
        ({"A4": 1, "A1": 4}, "A4 A2 A3 A1"),
        ({"A1": 99}, "A2 A3 A4 A1"),
    ],
)
def test_the_rest_makes_way_for_what_is_moved(home, editor, wanted, expected):
    item = factories.published_framework(locale=home.locale, areas=1, competencies=4)
    area = item.content().areas[0].key
    places = {key(item, code): Place(area, place, code) for code, place in wanted.items()}
    arranging.arrange(user=editor, item=item, seen_revision=item.latest_revision_id, places=places)
    assert " ".join(c.code for c in draft_of(item).competencies) == expected


def test_codes_are_filled_in_and_not_saved(send, framework):
    data = fields(send("arrange", framework))
    moved = key(framework, "B1")
    data |= {f"{moved}-area": framework.content().areas[0].key, f"{moved}-place": "1"}
    shown = send("arrange", framework, data | {"renumber": "1"})
    filled = fields(shown)
    codes = {c.title: filled[f"{c.key}-code"] for c in framework.content().competencies}
    assert codes == {
        "Competency B1": "A1",
        "Competency A1": "A2",
        "Competency A2": "A3",
        "Competency B2": "B1",
    }
    assert draft_of(framework) == framework.content()
    assert send("arrange", framework, filled).status_code == 302
    assert [c.title[-2:] for c in draft_of(framework).areas[0].competencies] == ["B1", "A1", "A2"]
    assert [c.code for c in draft_of(framework).competencies] == ["A1", "A2", "A3", "B1"]


def test_areas_without_code_are_numbered_by_letter():
    areas = [type("Area", (), {"key": n, "code": ""}) for n in range(28)]
    assert list(arranging.prefixes_of(areas).values())[-3:] == ["Z", "AA", "AB"]


def test_saving_what_did_not_change_makes_no_revision(send, framework):
    before = framework.revisions.count()
    assert send("arrange", framework, fields(send("arrange", framework))).status_code == 302
    assert framework.revisions.count() == before


@pytest.mark.parametrize(
    ("name", "value"),
    [("place", "0"), ("place", "x"), ("place", ""), ("code", "x" * 21), ("area", "nowhere")],
)
def test_a_mistake_in_the_table_is_told_in_its_row(send, framework, name, value):
    data = fields(send("arrange", framework))
    first, second = key(framework, "A1"), key(framework, "A2")
    data |= {f"{first}-{name}": value, f"{second}-code": "Kept"}
    for more in ({}, {"renumber": "1"}):
        response = send("arrange", framework, data | more)
        assert response.status_code == 200
        html = BeautifulSoup(response.content, "html.parser")
        assert html.select_one(".mentorship-arrange__wrong .error-message")
        assert html.select_one(f"[name='{second}-code']")["value"] == "Kept"
        assert draft_of(framework) == framework.content()


def test_a_table_made_from_an_older_draft_is_refused_with_what_was_typed(send, framework):
    data = fields(send("arrange", framework)) | {f"{key(framework, 'A1')}-code": "Z1"}
    other = framework.latest_revision.as_object()
    other.title = "Other title"
    other.save_revision()
    response = send("arrange", framework, data)
    assert response.status_code == 200
    assert "Somebody saved another draft" in response.content.decode()
    assert fields(response)[f"{key(framework, 'A1')}-code"] == "Z1"
    assert "Z1" not in [c.code for c in draft_of(framework).competencies]
    # Sent again, it changes codes and places, and leaves the other's words.
    assert send("arrange", framework, fields(response)).status_code == 302
    assert draft_of(framework).title == "Other title"
    assert "Z1" in [c.code for c in draft_of(framework).competencies]


def test_double_codes_are_told(send, framework):
    data = fields(send("arrange", framework)) | {f"{key(framework, 'A2')}-code": "A1"}
    assert send("arrange", framework, data).status_code == 302
    assert "A1 is also the code of" in send("arrange", framework).content.decode()


def test_what_is_locked_stays_as_it_is(send, framework, administrator):
    filled = fields(send("arrange", framework)) | {f"{key(framework, 'A1')}-code": "Z1"}
    typed = {"section": "", "new_title": "New", "kind": "attitude", "lines": "One"}
    paste = fields(send("paste", framework, typed))
    framework.locked, framework.locked_by = True, administrator
    framework.save()
    for name, data in (("arrange", filled), ("paste", paste | {"confirm": "1"})):
        assert "locked" in send(name, framework).content.decode()
        response = send(name, framework, data)
        assert response.status_code == 200
        assert "could not be saved, as it is locked" in response.content.decode()
        assert draft_of(framework) == framework.content()


def test_an_item_that_is_not_live_keeps_its_draft_in_its_rows(framework, editor):
    framework.unpublish()
    framework.refresh_from_db()
    area = framework.content().areas[1].key
    arranging.arrange(
        user=editor,
        item=framework,
        seen_revision=framework.latest_revision_id,
        places={key(framework, "A1"): Place(area, 1, "B0")},
    )
    assert Competency.objects.get(code="B0", area__framework=framework).area.code == "B"


def test_an_empty_framework_says_what_to_do(send, home):
    item = factories.published_framework(locale=home.locale, areas=0)
    assert "There are no competencies" in send("arrange", item).content.decode()
    assert "A new area" in send("paste", item).content.decode()


def test_the_form_leads_to_these_pages(client, editor, framework, role, mentoring):
    client.force_login(editor)
    for item, names in ((framework, ("paste", "arrange")), (role, ("paste",))):
        kind = item._meta.model_name
        form = reverse(f"wagtailsnippets_mentorship_cms_{kind}:edit", args=[item.pk])
        html = client.get(form).content.decode()
        short = "role" if item is role else "framework"
        for name in names:
            assert reverse(f"mentorship_cms_admin:{name}", args=[short, item.pk]) in html


@pytest.mark.parametrize("size", [5, 50])
@pytest.mark.parametrize("stored", [True, False])
def test_the_queries_stay_the_same(home, editor, size, stored):
    item = factories.published_framework(locale=home.locale, areas=8, competencies=size // 5)
    if not stored:
        draft = item.latest_revision.as_object()
        draft.title = "Draft"
        draft.save_revision()
        item.refresh_from_db()
    content = draft_of(item)
    places = {
        c.key: Place(content.areas[-1].key, n, "") for n, c in enumerate(content.competencies)
    }
    with CaptureQueriesContext(connection) as queries:
        arranging.arrange(
            user=editor, item=item, seen_revision=item.latest_revision_id, places=places
        )
    assert len(queries) <= 42, [query["sql"][:100] for query in queries]


# -- Copying a framework


def test_a_copy_starts_from_the_latest_draft_under_a_name_of_its_own(client, editor, framework):
    draft = framework.latest_revision.as_object()
    draft.title = "Draft title"
    draft.save_revision()
    client.force_login(editor)
    name = "wagtailsnippets_mentorship_cms_competencyframework"
    for language, title in (("en", "Draft title (copy)"), ("nl", None)):
        html = client.get(
            reverse(f"{name}:copy", args=[framework.pk]), headers={"accept-language": language}
        )
        shown = BeautifulSoup(html.content, "html.parser").select_one("#id_title")["value"]
        assert shown == title if title else shown.startswith("Draft title (")


def test_a_copy_says_the_same_under_new_keys(framework):
    old = framework.content()
    copy = drafting.copy_of(framework)
    assert copy.pk is None and not copy.live and not copy.change_note
    publish(snippet=copy)
    new = CompetencyFramework.objects.get(pk=copy.pk).content()
    assert [area.title for area in new.areas] == [area.title for area in old.areas]
    for was, now in zip(old.competencies, new.competencies, strict=True):
        assert was.texts() == now.texts()
        assert was.key != now.key
    assert copy.translation_key != framework.translation_key
    framework.refresh_from_db()
    assert framework.content() == old
    assert framework.versions.count() == 1
