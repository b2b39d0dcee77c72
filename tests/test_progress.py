"""How ratings move over evaluations: matching over versions, movement, access, queries."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from intranet.models import PracticalPage
from mentorship_cms import progress
from mentorship_cms.choices import Answer, EvaluationKind, OpenedPart, Side
from mentorship_cms.models import Opening
from mentorship_cms.permissions import relations_of, today
from mentorship_cms.progress import Given, Moment, Movement, SheetView, Wording
from mentorship_cms.services import evaluations, mentorships
from mentorship_cms.services.progress_data import progress_of
from mentorship_cms.services.publishing import publish
from mentorship_cms.services.sheets import Entry, save_entries
from mentorship_cms.structures import (
    AreaContent,
    CompetencyContent,
    FrameworkContent,
    LevelContent,
)
from tests import lifecycle

pytestmark = pytest.mark.usefixtures("in_english")

# -- The pure part


def content(*areas, levels=("low", "mid", "high")):
    """A framework whose areas are pairs of a key and the keys of their competencies."""
    return FrameworkContent(
        title="Framework",
        levels=tuple(
            LevelContent(key=key, number=number, label=key.title())
            for number, key in enumerate(levels, start=1)
        ),
        areas=tuple(
            AreaContent(
                key=key,
                code=key.upper(),
                title=f"Area {key}",
                competencies=tuple(competency(item) for item in items),
            )
            for key, items in areas
        ),
    )


def competency(key, **fields):
    """A competency with a descriptor for each level."""
    return CompetencyContent(
        **{
            "key": key,
            "code": key.upper(),
            "title": f"Competency {key}",
            "kind": "knowledge",
            "criterion": f"Does {key}.",
            "descriptors": tuple((level, f"{key} {level}") for level in ("low", "mid", "high")),
        }
        | fields
    )


def wording(said, number=1):
    """A version that says ``said``."""
    return Wording(number, "en", datetime(2026, 1, number, tzinfo=UTC), said, framework="f")


def moment(words, day, mentee=None, **mentor):
    """An evaluation of a day of January; ratings are level keys or answers."""

    def view(ratings):
        given = {
            key: Given(value) if value in Answer.values else Given(Answer.LEVEL, value)
            for key, value in ratings.items()
        }
        return SheetView(words, "en", given)

    sheets = {Side.MENTOR: view(mentor)}
    if mentee is not None:
        sheets[Side.MENTEE] = view(mentee)
    at = datetime(2026, 2, day, tzinfo=UTC)
    return Moment(uuid4(), EvaluationKind.INTERIM, date(2026, 1, day), at, words, sheets)


ONE = wording(content(("a", ["a1", "a2"]), ("b", ["b1"])))


def movements(*moments, key="a1"):
    return [cell.movement for cell in progress.cells_of(list(moments), Side.MENTOR, key)]


def test_movement_is_since_the_last_level():
    moments = [moment(ONE, day, a1=level) for day, level in enumerate(["low", "high", "mid"], 1)]
    assert movements(*moments) == [None, Movement.UP, Movement.DOWN]
    assert movements(moments[0], replace(moments[0], day=date(2026, 1, 9)))[1] == Movement.SAME


@pytest.mark.parametrize("answer", [Answer.NOT_OBSERVED, Answer.NOT_APPLICABLE])
def test_what_has_no_level_is_no_low_level(answer):
    moments = [moment(ONE, 1, a1="mid"), moment(ONE, 2, a1=answer), moment(ONE, 3, a1="mid")]
    cells = progress.cells_of(moments, Side.MENTOR, "a1")
    assert [cell.movement for cell in cells] == [None, None, Movement.SAME]
    assert (cells[1].level, cells[1].step, cells[1].place) == (None, 0, 0)


def test_a_level_after_a_gap_is_compared_with_the_one_before_it():
    moments = [moment(ONE, 1, a1="mid"), moment(ONE, 2), moment(ONE, 3, a1="high")]
    assert movements(*moments) == [None, None, Movement.UP]


@pytest.mark.parametrize("levels", [("low", "mid", "high", "top"), ("mid", "low", "high"), ("x",)])
def test_levels_of_another_scale_are_not_compared(levels):
    other = wording(content(("a", ["a1"]), levels=levels), 2)
    moments = [moment(ONE, 1, a1="low"), moment(other, 2, a1=levels[0])]
    moments.append(moment(other, 3, a1=levels[-1]))
    found = movements(*moments)
    assert found[1] == Movement.OTHER_SCALE
    assert found[2] == (Movement.UP if len(levels) > 1 else Movement.SAME)
    assert [len(run.points) for run in progress.runs(progress.story(moments, "a1"))] == [1, 2]
    scales = [scale.keys for _wording, scale in progress.scales(moments, Side.MENTOR)]
    assert scales == [levels, ("low", "mid", "high")]


def test_a_relabelled_level_is_the_same_level():
    said = content(("a", ["a1"]))
    relabelled = replace(said, levels=tuple(replace(level, label="New") for level in said.levels))
    moments = [moment(ONE, 1, a1="low"), moment(wording(relabelled, 2), 2, a1="mid")]
    assert movements(*moments) == [None, Movement.UP]


def test_shades_follow_the_place_in_the_scale():
    for count, steps in {
        1: [5],
        2: [1, 5],
        3: [1, 3, 5],
        4: [1, 2, 4, 5],
        5: [1, 2, 3, 4, 5],
    }.items():
        scale = wording(content(levels=[f"l{number}" for number in range(count)])).scale
        assert [scale.step(level) for level in scale.levels] == steps


def test_moved_and_recoded_competencies_keep_their_row():
    later = content(("b", ["b1"]), ("a", ["a2"]))
    moved = replace(
        later.areas[0], competencies=(*later.areas[0].competencies, competency("a1", code="Z9"))
    )
    two = wording(replace(later, areas=(moved, later.areas[1])), 2)
    moments = [moment(ONE, 1, a1="low"), moment(two, 2, a1="mid")]
    groups = progress.table(moments, Side.MENTOR, progress.newest_wording(moments, "f"))
    assert [(group.area.key, [row.competency.key for row in group.rows]) for group in groups] == [
        ("b", ["b1", "a1"]),
        ("a", ["a2"]),
    ]
    row = groups[0].rows[1]
    assert row.competency.code == "Z9"
    assert [cell.level.key for cell in row.cells] == ["low", "mid"]
    assert row.cells[1].movement == Movement.UP


def test_removed_competencies_stand_last_with_what_was_rated():
    two = wording(content(("a", ["a1"])), 2)
    moments = [moment(ONE, 1, a1="low", a2="mid"), moment(two, 2, a1="mid")]
    groups = progress.table(moments, Side.MENTOR, progress.newest_wording(moments, "f"))
    assert [row.competency.key for row in groups[-1].rows] == ["a2"]  # Nobody rated b1.
    assert groups[-1].area is None
    assert [cell.present for cell in groups[-1].rows[0].cells] == [True, False]
    only = progress.table(moments, Side.MENTOR, two, area=progress.GONE)
    assert [group.area for group in only] == [None]
    assert [point.moment for point in progress.story(moments, "a2")] == moments[:1]


def test_a_new_competency_was_not_there_before():
    two = wording(content(("a", ["a1", "a9"])), 2)
    moments = [moment(ONE, 1, a1="low"), moment(two, 2, a9="high")]
    cells = progress.cells_of(moments, Side.MENTOR, "a9")
    assert [cell.present for cell in cells] == [False, True]
    assert cells[1].movement is None


def test_the_order_is_that_of_observation_then_of_signing():
    first, second = moment(ONE, 3), moment(ONE, 5)
    late = replace(moment(ONE, 7), day=first.day)
    assert progress.in_order([second, late, first]) == [first, late, second]


def test_both_views_are_those_of_the_last_moment_with_both_sheets():
    both = moment(ONE, 1, mentee={"a1": "low", "a2": "high"}, a1="low", a2=Answer.NOT_OBSERVED)
    assert progress.last_with_both([both, moment(ONE, 2, a1="mid")]) is both
    found = {pair.competency.key: pair for _area, pairs in progress.pairs(both) for pair in pairs}
    assert found["a1"].equal
    assert not found["a2"].comparable
    assert not found["b1"].equal
    assert [area.key for area, _pairs in progress.pairs(both, area="b")] == ["b"]
    assert progress.pairs(both, kind="attitude") == []


def test_words_are_those_of_the_version_with_what_changed_since():
    changed = content(("b", ["b1"]), ("a", ["a2"]))
    reworded = competency("a1", criterion="Does a1 well.", descriptors=(("low", "Other words"),))
    two = wording(
        replace(
            changed,
            areas=(
                replace(changed.areas[0], competencies=(competency("b1"), reworded)),
                changed.areas[1],
            ),
        ),
        2,
    )
    moments = [moment(ONE, 1, a1="mid", b1="low", mentee={"a1": "mid"})]
    (basis,) = progress.bases(progress.story(moments, "a1"), "a1", [two])
    assert (basis.competency.criterion, basis.descriptors[0][1]) == ("Does a1.", "a1 mid")
    assert [side for _moment, side in basis.uses] == [Side.MENTOR, Side.MENTEE]
    # Of the descriptors only the one that was given is told.
    assert [text.field for text in basis.texts] == ["criterion", "descriptor:mid"]
    assert basis.moved is not None
    (same,) = progress.bases(progress.story(moments, "b1"), "b1", [two])
    assert not same.changed
    (gone,) = progress.bases(
        progress.story(moments, "a1"), "a1", [wording(content(("a", ["a2"])), 2)]
    )
    assert gone.gone


# -- The pages


def page(cast, user, name="progress", *args, **query):
    client = Client()
    client.force_login(user)
    address = reverse(f"mentorship_cms:{name}", args=[cast.mentorship.public_id, *args])
    return client.get(address, query)


def html(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def first_key(evaluation):
    return evaluation.framework_version.content.competencies[0].key


def corrected(cast, evaluation, *, sign):
    """A correction of an evaluation, with the first competency at the highest level."""
    new = evaluations.start_correction(
        user=cast.mentor, evaluation_id=evaluation.public_id, reason="Mixed up"
    )
    entry = lifecycle.entries(new.framework_version, level=1, remark="corrected", only=1)[0]
    save_entries(
        user=cast.mentor,
        evaluation_id=new.public_id,
        language="nl",
        entries=[replace(entry, revision=1)],
    )
    evaluations.share_sheet(user=cast.mentor, evaluation_id=new.public_id)
    if sign:
        lifecycle.sign(new, cast.mentor)
    return new


def test_only_signed_evaluations_count(cast):
    assert "nothing to show yet" in html(page(cast, cast.mentee))
    evaluation = lifecycle.talked(cast)
    assert "nothing to show yet" in html(page(cast, cast.mentor))
    lifecycle.sign(evaluation, cast.mentor)
    assert str(evaluation.public_id) in html(page(cast, cast.mentor))


def test_a_signed_correction_takes_the_place_of_what_it_corrects(cast):
    old = lifecycle.closed(cast)
    new = corrected(cast, old, sign=False)
    access = relations_of(cast.mentor, cast.mentorship)
    assert [moment.public_id for moment in progress_of(access).moments] == [old.public_id]
    lifecycle.sign(new, cast.mentor)
    (moment,) = progress_of(access).moments
    assert (moment.public_id, moment.kind, moment.corrected) == (
        new.public_id,
        EvaluationKind.INTERIM,
        True,
    )
    key = first_key(new)
    cells = [progress.cell_of(moment, side, key) for side in (Side.MENTOR, Side.MENTEE)]
    # The mentee's own view was not corrected.
    assert [cell.level.number for cell in cells] == [2, 2]
    newer = corrected(cast, new, sign=True)
    (moment,) = progress_of(access).moments
    assert (moment.public_id, moment.has_both) == (newer.public_id, True)


def test_cells_have_number_words_and_movement(cast):
    lifecycle.closed(cast, mentor_level=0)
    lifecycle.closed(cast, mentor_level=1)
    found = html(page(cast, cast.manager))
    assert 'mentorship-heat--1"><span class="mentorship-heat__number">1</span>' in found
    assert re.search(r'heat--5"><span class="mentorship-heat__number">2</span>', found)
    assert "Alone</span>" in found
    assert found.count('aria-hidden="true">▲</span>') == 4 + 1  # Four cells, one legend.
    mentee = html(page(cast, cast.mentee, side="mentee"))
    assert mentee.count('class="mentorship-heat__move" aria-hidden="true">=</span>') == 4
    shown = found.split("<main")[1].split("</main")[0]
    assert " style=" not in shown
    assert " title=" not in shown


def test_not_observed_is_said_in_words_and_not_shaded(cast):
    evaluation = lifecycle.started(cast, talk_in=-1)
    version = evaluation.framework_version
    rated = [
        Entry(key=item.key, answer=Answer.NOT_OBSERVED) for item in version.content.competencies
    ]
    save_entries(user=cast.mentor, evaluation_id=evaluation.public_id, language="nl", entries=rated)
    evaluations.change_details(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        revision=0,
        talk_on=evaluation.talk_on,
        observed_on=today(),
        situation="",
    )
    evaluations.share_sheet(user=cast.mentor, evaluation_id=evaluation.public_id)
    evaluations.reveal_without_mentee(user=cast.mentor, evaluation_id=evaluation.public_id)
    evaluation.refresh_from_db()
    lifecycle.signed(cast, evaluation)
    found = html(page(cast, cast.mentor))
    assert found.count('<td class="mentorship-heat"><span aria-hidden="true">n.o.</span>') == 4
    assert "heat__number" not in found
    assert "No signed evaluation has a sheet of both" in found
    assert "not observed" in html(
        page(cast, cast.mentor, "progress_competency", first_key(evaluation))
    )


def test_filters_are_links_and_nonsense_is_ignored(cast):
    evaluation = lifecycle.closed(cast)
    area = evaluation.framework_version.content.areas[1]
    found = html(page(cast, cast.mentor, area=area.key))
    assert "Competency B1" in found
    assert "Competency A1" not in found
    found = html(page(cast, cast.mentor, area=area.key, kind="attitude"))
    assert "No competency is of this area and this kind." in found
    assert "?kind=attitude#table" in found
    found = html(page(cast, cast.mentor, area="'\"><script>", kind="x", side="manager"))
    assert "Competency A1" in found
    assert "Levels that the mentor gave" in found
    assert "<script>" not in found.split("<main")[1].split("</main")[0]


def test_a_competency_shows_both_views_and_the_words_then(cast):
    evaluation = lifecycle.closed(cast)
    key = first_key(evaluation)
    framework = cast.mentorship.framework.get_latest_revision_as_object()
    area = framework.areas.all()[0]
    item = area.competencies.all()[0]
    item.criterion = "Shows A1 in every real situation."
    area.competencies.add(item)
    framework.areas.add(area)
    publish(snippet=framework)
    found = html(page(cast, cast.mentee, "progress_competency", key))
    assert "by mentor" in found and "by mentee" in found
    assert "Shows A1 in a real situation." in found
    assert "A1: with help" in found
    assert "Changed since, in version 2" in found
    assert re.search(r"<ins>.*every.*</ins>", found)


def test_remarks_are_escaped(cast):
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.mentor, remark="<script>alert('canary')</script>")
    lifecycle.write(evaluation, cast.mentee, level=1, remark="<b>canary</b>")
    evaluations.change_details(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        revision=0,
        talk_on=evaluation.talk_on,
        observed_on=today(),
        situation="",
    )
    for user in (cast.mentor, cast.mentee):
        evaluations.share_sheet(user=user, evaluation_id=evaluation.public_id)
    evaluation.refresh_from_db()
    lifecycle.signed(cast, evaluation)
    for name, args in (("progress", ()), ("progress_competency", (first_key(evaluation),))):
        found = html(page(cast, cast.mentee, name, *args))
        assert "<script>alert" not in found
        assert "<b>canary" not in found
    assert "&lt;script&gt;alert" in found


# -- Access


@pytest.mark.parametrize("who", ["mentor", "mentee", "manager"])
def test_those_who_read_the_record_see_it(cast, who):
    evaluation = lifecycle.closed(cast)
    user = getattr(cast, who)
    assert page(cast, user).status_code == 200
    assert page(cast, user, "progress_competency", first_key(evaluation)).status_code == 200


def test_nobody_else_sees_it(cast, reader, administrator):
    evaluation = lifecycle.closed(cast)
    other = lifecycle.cast(cast.mentorship.framework, cast.coordinator, prefix="other")
    strangers = (cast.deputy, cast.coordinator, reader, administrator, other.mentor, other.mentee)
    for user in strangers:
        assert page(cast, user).status_code == 404
        key = first_key(evaluation)
        assert page(cast, user, "progress_competency", key).status_code == 404
    assert not Opening.objects.exists()


def test_a_deputy_sees_it_inside_the_window_only(cast):
    lifecycle.closed(cast)
    window = mentorships.open_window(
        user=cast.mentor,
        public_id=cast.mentorship.public_id,
        starts_on=today(),
        ends_on=today(),
    )
    assert page(cast, cast.deputy).status_code == 200
    mentorships.close_window(
        user=cast.mentor, public_id=cast.mentorship.public_id, window_id=window.public_id
    )
    assert page(cast, cast.deputy).status_code == 404


def test_an_unknown_competency_is_not_found_and_leaves_no_trace(cast):
    lifecycle.closed(cast)
    assert page(cast, cast.manager, "progress_competency", uuid4()).status_code == 404
    assert not Opening.objects.exists()


def test_the_mentee_learns_who_opened_it(cast):
    lifecycle.closed(cast)
    for user in (cast.manager, cast.manager, cast.mentee):
        page(cast, user)
    (opening,) = Opening.objects.all()
    assert (opening.person, opening.part) == (cast.manager, OpenedPart.PROGRESS)


def test_a_sheet_that_was_not_shared_is_not_in_it(cast):
    evaluation = lifecycle.started(cast, talk_in=-1)
    lifecycle.write(evaluation, cast.mentor)
    lifecycle.write(evaluation, cast.mentee, level=1, remark="canary")
    evaluations.change_details(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        revision=0,
        talk_on=evaluation.talk_on,
        observed_on=today(),
        situation="",
    )
    evaluations.share_sheet(user=cast.mentor, evaluation_id=evaluation.public_id)
    evaluations.reveal_without_mentee(user=cast.mentor, evaluation_id=evaluation.public_id)
    evaluation.refresh_from_db()
    lifecycle.signed(cast, evaluation)
    for user in (cast.mentor, cast.manager, cast.mentee):
        found = html(page(cast, user, "progress_competency", first_key(evaluation)))
        assert "canary" not in found
        assert "heat__number" not in html(page(cast, user, side="mentee"))


# -- Queries

#: How many queries the overview may need beyond those of a bare page.
MORE = 8


def counted(cast, user, name="progress", *args):
    client = Client()
    client.force_login(user)
    address = reverse(f"mentorship_cms:{name}", args=[cast.mentorship.public_id, *args])
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured]


def test_queries_are_few_and_flat(cast, reader, home):
    section = {"heading": "Section", "anchor": "section", "text": "<p>A text.</p>"}
    bare = home.add_child(
        instance=PracticalPage(title="Bare", locale=home.locale, body=[("section", section)])
    )
    client = Client()
    client.force_login(reader)
    client.get(bare.get_url())
    with CaptureQueriesContext(connection) as captured:
        client.get(bare.get_url())
    few = [lifecycle.closed(cast, kind=EvaluationKind.INTERIM) for _number in range(3)]
    pages = [("progress",), ("progress_competency", first_key(few[0]))]
    people = (cast.mentor, cast.mentee, cast.manager)
    before = [len(counted(cast, user, *name)) for user in people for name in pages]
    for _number in range(17):
        lifecycle.closed(cast, kind=EvaluationKind.INTERIM)
    assert before == [len(counted(cast, user, *name)) for user in people for name in pages]
    assert max(before) <= len(captured) + MORE
