"""A sheet names everybody who wrote in it; what was signed before that was kept stays intact."""

import pytest
from django.template import Context, Template
from django.urls import reverse

from mentorship_cms.choices import EvaluationKind, Side
from mentorship_cms.models import Evaluation, Sheet
from mentorship_cms.permissions import mentorship_for, today
from mentorship_cms.services import evaluations, mentorships, sheets
from mentorship_cms.services.content import digest_of, document_of, is_intact
from mentorship_cms.services.own_record import file_of, own_record
from mentorship_cms.services.previous import earlier_of
from mentorship_cms.templatetags.mentorship_sheets import previous_line
from tests import lifecycle
from tests.evaluation_pages.helpers import text_of
from tests.evaluations.helpers import details, take_over


def mentors_sheet(evaluation):
    return sheets.sheet_of(evaluation, Side.MENTOR)


def line(sheet):
    """The author of a sheet, as every page shows it."""
    template = Template("{% load mentorship_sheets %}{{ sheet|sheet_author }}")
    return template.render(Context({"sheet": sheet}))


def hand_back(cast, window):
    mentorships.close_window(
        user=cast.mentor, public_id=cast.mentorship.public_id, window_id=window.public_id
    )


@pytest.fixture
def begun(cast):
    """An evaluation on whose sheet the deputy wrote before the mentor came back."""
    window = take_over(cast)
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.deputy, remark="Written by the deputy")
    hand_back(cast, window)
    details(cast, evaluation, observed_on=today())
    return evaluation


def share(user, evaluation):
    evaluations.share_sheet(user=user, evaluation_id=evaluation.public_id)


def test_who_shares_a_sheet_does_not_hide_who_wrote_it(cast, begun, client):
    share(cast.mentor, begun)
    sheet = mentors_sheet(begun)
    assert (sheet.author, sheet.author_name, sheet.as_deputy) == (
        cast.mentor,
        "Mentor Person",
        False,
    )
    assert line(sheet) == "Mentor Person, with Deputy Person as deputy"
    assert sheet.history.first().contributors == sheet.contributors
    lifecycle.write(begun, cast.mentee)
    share(cast.mentee, begun)
    for user, name in ((cast.manager, "evaluation"), (cast.mentee, "record")):
        subject = begun if name == "evaluation" else cast.mentorship
        client.force_login(user)
        page = client.get(address_of(name, subject))
        assert "Mentor Person, with Deputy Person as deputy" in text_of(page)
    told = file_of(own_record(mentorship_for(cast.mentee, cast.mentorship.public_id)))
    (own, theirs) = sorted(told["evaluations"][0]["sheets"], key=lambda one: one["side"])
    assert own["writers"] == [{"name": "Mentee Person", "as_deputy": False}]
    assert theirs["author"] == "Mentor Person"
    assert theirs["writers"] == [{"name": "Deputy Person", "as_deputy": True}]


def address_of(name, subject):
    return reverse(f"mentorship_cms:{name}", args=[subject.public_id])


def test_the_author_stays_where_nothing_changed(cast, begun):
    one, *_rest = lifecycle.entries(begun.framework_version, remark="Written by the deputy")
    known = {"user": cast.mentor, "evaluation_id": begun.public_id, "language": "nl"}
    sheets.save_entries(**known, entries=[one])
    assert mentors_sheet(begun).author == cast.deputy
    sheets.save_entries(
        **known, entries=[sheets.Entry(one.key, None, remark="Better so", revision=1)]
    )
    sheet = mentors_sheet(begun)
    assert sheet.author == cast.mentor
    assert [(one.name, one.as_deputy) for one in sheet.writers] == [
        ("Deputy Person", True),
        ("Mentor Person", False),
    ]
    # The deputy goes on, and is named once.
    take_over(cast)
    sheets.save_entries(
        **known | {"user": cast.deputy}, entries=[sheets.Entry("", None, remark="In general")]
    )
    sheet = mentors_sheet(begun)
    assert len(sheet.writers) == 2 and line(sheet) == "Deputy Person, as deputy, with Mentor Person"


def test_a_successor_goes_on_under_both_names(cast, reader, client):
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.mentor)
    mentorships.assign(
        user=cast.coordinator,
        public_id=cast.mentorship.public_id,
        role="mentor",
        person=reader,
        reason="Left",
    )
    client.force_login(reader)
    for name in ("sheet", "sheet_all", "sheet_check", "sheet_remark"):
        page = client.get(address_of(name, evaluation))
        assert "Begun by Mentor Person." in text_of(page), name
    evaluations.change_details(
        user=reader,
        evaluation_id=evaluation.public_id,
        revision=0,
        talk_on=evaluation.talk_on,
        observed_on=today(),
        situation="",
    )
    share(reader, evaluation)
    assert line(mentors_sheet(evaluation)) == "Rana Reader, with Mentor Person"
    client.force_login(cast.mentee)
    lifecycle.write(evaluation, cast.mentee)
    page = client.get(address_of("sheet", evaluation))
    assert "Begun by" not in text_of(page)


def test_a_correction_keeps_the_names_of_what_it_begins_with(cast, reader):
    evaluation = lifecycle.closed(cast)
    mentorships.assign(
        user=cast.coordinator,
        public_id=cast.mentorship.public_id,
        role="mentor",
        person=reader,
        reason="Left",
    )
    correction = evaluations.start_correction(
        user=reader, evaluation_id=evaluation.public_id, reason="Wrong level"
    )
    assert line(mentors_sheet(correction)) == "Rana Reader, with Mentor Person"


def test_a_correction_that_the_deputy_begins_is_marked(cast):
    evaluation = lifecycle.closed(cast)
    take_over(cast)
    correction = evaluations.start_correction(
        user=cast.deputy, evaluation_id=evaluation.public_id, reason="Wrong level"
    )
    assert line(mentors_sheet(correction)) == "Deputy Person, as deputy, with Mentor Person"


def test_the_last_rating_names_who_wrote_it(cast, begun):
    lifecycle.write(begun, cast.mentee)
    for user in (cast.mentor, cast.mentee):
        share(user, begun)
    Evaluation.objects.filter(pk=begun.pk).update(conclusion="Grows")
    lifecycle.sign(begun, cast.mentor)
    later = lifecycle.started(cast, kind=EvaluationKind.FINAL)
    for earlier in earlier_of(later, Side.MENTOR).values():
        for previous in (earlier.rating, *earlier.remarks):
            assert previous_line(previous).endswith(", Mentor Person, with Deputy Person as deputy")


# -- What is signed


def test_the_names_are_signed_as_well(cast, begun):
    lifecycle.write(begun, cast.mentee)
    for user in (cast.mentor, cast.mentee):
        share(user, begun)
    Evaluation.objects.filter(pk=begun.pk).update(conclusion="Grows")
    lifecycle.sign(begun, cast.mentor)
    assert is_intact(begun)
    found = document_of(begun)["sheets"]
    assert found["mentor"]["writers"] == [["Deputy Person", True]]
    assert found["mentee"]["writers"] == [["Mentee Person", False]]
    for contributors in ([], [{"name": "X", "person": str(cast.deputy.pk), "as_deputy": True}]):
        Sheet.objects.filter(evaluation=begun, side="mentor").update(contributors=contributors)
        assert not is_intact(begun)


@pytest.fixture
def before(cast):
    """A signed evaluation from before the names were kept."""
    evaluation = lifecycle.talked(cast)
    evaluation.sheets.update(contributors=[])
    lifecycle.sign(evaluation, cast.mentor)
    return evaluation


def test_what_was_signed_before_stays_intact(cast, before):
    for said in document_of(before)["sheets"].values():
        assert set(said) == {
            *("author", "as_deputy", "shared_at", "framework", "remark", "ratings")
        }
    assert is_intact(before) and digest_of(before) == before.digest
    assert line(mentors_sheet(before)) == "Mentor Person"
    lifecycle.sign(before, cast.manager)
    assert is_intact(before)
    # Nobody puts a name to it afterwards.
    writer = {"name": "Deputy Person", "person": str(cast.deputy.pk), "as_deputy": True}
    before.sheets.filter(side="mentor").update(contributors=[writer])
    assert not is_intact(before)


def test_a_draft_from_before_keeps_its_author_when_somebody_else_goes_on(cast, reader):
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.mentor)
    evaluation.sheets.update(contributors=[])
    mentorships.assign(
        user=cast.coordinator,
        public_id=cast.mentorship.public_id,
        role="mentor",
        person=reader,
        reason="Left",
    )
    known = {"user": reader, "evaluation_id": evaluation.public_id, "language": "nl"}
    sheets.save_entries(**known, entries=[sheets.Entry("", None, remark="In general")])
    assert line(mentors_sheet(evaluation)) == "Rana Reader, with Mentor Person"
    assert len(mentors_sheet(evaluation).writers) == 2
