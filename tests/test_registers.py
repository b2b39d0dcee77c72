"""The register of changes: who changed what when, to read and export, by those who may."""

import csv
from io import BytesIO, StringIO

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.urls import reverse
from openpyxl import load_workbook
from simple_history.models import HistoricalChanges
from wagtail.models import ReferenceIndex

from mentorship_cms.admin.exports import FORMULA_STARTS
from mentorship_cms.admin.registers import SUBJECTS
from mentorship_cms.history import LedgerRow
from mentorship_cms.models import Competency, CompetencyArea, CompetencyFramework
from mentorship_cms.models.kinds import RECORDS
from mentorship_cms.records import RecordRow
from mentorship_cms.services import mentorships, setup
from mentorship_cms.services.publishing import publish
from tests import lifecycle
from tests.factories import make_user

#: What tests/lifecycle.py writes in evaluations, and gives as reasons.
TEXTS = [
    "Helping at breakfast",
    "Grows steadily",
    "More practice",
    "Practise with Luc",
    "Asked Luc twice",
    "by mentor",
    "by mentee",
    "Thank you",
    "On leave",
    "quarrel",
]


def url(model, action, *args):
    """The address of a register's view."""
    name = f"mentorship_cms_historical{model._meta.model_name}_modeladmin_{action}"
    return reverse(name, args=args)


@pytest.mark.parametrize("model", SUBJECTS)
def test_every_kind_of_item_has_a_register(client, coordinator, mentoring, model):
    client.force_login(coordinator)
    row = model.history.first()
    assert row.item in client.get(url(model, "index")).content.decode().replace("&#x27;", "'")
    shown = client.get(url(model, "inspect", row.pk))
    assert shown.status_code == 200


def test_a_row_names_the_person_and_the_reason(client, coordinator, framework):
    person = make_user("edith", first_name="Edith", last_name="Editor")
    framework.title = "Nachtdienst"
    publish(snippet=framework, user=person, note="Na overleg")
    client.force_login(coordinator)
    shown = client.get(url(CompetencyFramework, "index") + "?q=Nachtdienst").content.decode()
    for words in ("Nachtdienst", "Edith Editor", "Na overleg"):
        assert words in shown


def test_the_row_of_a_removed_part_can_still_be_inspected(client, administrator, framework):
    draft = CompetencyFramework.objects.get(pk=framework.pk)
    area = draft.areas.all()[0]
    draft.areas.remove(area)
    publish(snippet=draft)
    client.force_login(administrator)
    for model, row in (
        (CompetencyArea, CompetencyArea.history.filter(id=area.pk).first()),
        (Competency, Competency.history.filter(area=area.pk).first()),
    ):
        assert row.history_type == "-"
        assert client.get(url(model, "inspect", row.pk)).status_code == 200


@pytest.mark.parametrize("export", ["csv", "xlsx"])
def test_an_export_holds_no_formula(client, administrator, framework, export):
    framework.title = "=1+1"
    publish(snippet=framework, note="@SUM(A1)")
    client.force_login(administrator)
    response = client.get(url(CompetencyFramework, "index") + f"?export={export}")
    content = b"".join(response.streaming_content)
    if export == "csv":
        assert b"'=1+1" in content
        assert b"'@SUM(A1)" in content
        assert b",=1+1" not in content
    else:
        cells = [cell for row in load_workbook(BytesIO(content)).active.rows for cell in row]
        assert "f" not in {cell.data_type for cell in cells}
        assert "'=1+1" in [cell.value for cell in cells]


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
@pytest.mark.parametrize(
    "title",
    ["Care;=1+1", 'Care; "=1+1', "Care\t@SUM(A1)", "Care, more;=1+1", "=1+1\t+1;-1", "A;;=1+1"],
)
def test_no_formula_begins_within_a_text(client, administrator, framework, title, delimiter):
    framework.title = title
    publish(snippet=framework, note="Lines\n=1+1\r\n- x")
    client.force_login(administrator)
    response = client.get(url(CompetencyFramework, "index") + "?export=csv")
    content = b"".join(response.streaming_content).decode()
    for row in csv.reader(StringIO(content, newline=""), delimiter=delimiter):
        for cell in row:
            for line in cell.splitlines() or [""]:
                assert not line.strip(' "').startswith(FORMULA_STARTS), row


def test_a_hyphen_within_a_text_stays_as_it_is(client, administrator, framework):
    framework.title = "Well-being - day; night"
    publish(snippet=framework)
    client.force_login(administrator)
    response = client.get(url(CompetencyFramework, "index") + "?export=csv")
    assert b"Well-being - day; night" in b"".join(response.streaming_content)


def test_history_is_no_usage_of_a_person(administrator, framework):
    framework.title = "Anders"
    publish(snippet=framework, user=administrator)
    assert not ReferenceIndex.get_references_to(administrator).exists()


def test_the_list_costs_the_same_for_many_rows(
    client, coordinator, mentoring, django_assert_max_num_queries
):
    client.force_login(coordinator)
    client.get(url(Competency, "index"))
    with django_assert_max_num_queries(20):
        client.get(url(Competency, "index"))


# -- Mentorships and evaluations


@pytest.fixture
def cast(framework, coordinator):
    """A mentorship in which there is a row of history for every kind of record."""
    cast = lifecycle.cast(framework, coordinator)
    lifecycle.with_history(cast)
    mentorships.assign(
        user=coordinator,
        public_id=cast.mentorship.public_id,
        role="line_manager",
        person=make_user("successor"),
        reason="Because of a quarrel",
    )
    return cast


def test_every_history_that_there_is_has_a_register():
    kept = {
        model
        for model in apps.get_app_config("mentorship_cms").get_models()
        if issubclass(model, HistoricalChanges)
    }
    assert {model for model in kept if issubclass(model, LedgerRow)} == {
        model.history.model for model in SUBJECTS
    }
    assert {model for model in kept if issubclass(model, RecordRow)} == {
        model.history.model for model in RECORDS
    }
    # Nothing is kept that is neither, and each has an address.
    assert len(kept) == len(SUBJECTS) + len(RECORDS)
    for model in kept:
        assert url(model.instance_type, "index")


def test_the_groups_read_the_registers_that_are_for_them(mentoring):
    def histories(group):
        rights = Permission.objects.filter(group__name=group, codename__startswith="view_hist")
        return {right.content_type.model_class().instance_type for right in rights}

    assert histories(setup.EDITORS) == set(SUBJECTS)
    assert histories(setup.COORDINATORS) == {*SUBJECTS, *RECORDS}


@pytest.mark.parametrize("model", RECORDS)
def test_a_register_of_records_tells_who_did_what_and_no_word_of_it(
    client, coordinator, cast, model
):
    client.force_login(coordinator)
    rows = model.history.all()
    assert rows
    levels = {level.label for level in cast.mentorship.framework.versions.first().content.levels}
    shown = [client.get(url(model, "index")).content.decode()]
    shown += [client.get(url(model, "inspect", row.pk)).content.decode() for row in rows[:8]]
    assert rows[0].item in shown[0]
    assert rows[0].person_name in shown[0]
    for page in shown:
        table = page.split("<main")[1]
        assert not [words for words in (*TEXTS, *levels) if words in table]


@pytest.mark.parametrize("model", RECORDS)
def test_an_export_of_records_holds_no_word_of_them(client, coordinator, cast, model):
    client.force_login(coordinator)
    answer = client.get(url(model, "index") + "?export=csv")
    lines = b"".join(answer.streaming_content).decode()
    assert len(lines.splitlines()) == 1 + model.history.count()
    answer = client.get(url(model, "index") + "?export=xlsx")
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    cells = " ".join(str(cell.value) for row in sheet.rows for cell in row)
    for text in (lines, cells):
        assert model.history.first().item in text
        assert model.history.first().person_name in text
        assert not [words for words in TEXTS if words in text]
    assert sheet.max_column == 7


def test_an_export_of_records_holds_no_formula(client, coordinator, framework):
    person = make_user("formula", first_name="=1+1", last_name="")
    person.groups.set(coordinator.groups.all())
    lifecycle.cast(framework, person)
    client.force_login(coordinator)
    model = RECORDS[0]
    answer = client.get(url(model, "index") + "?export=csv")
    assert b",'=1+1," in b"".join(answer.streaming_content)


#: Questions that an answer, or the number of rows, would tell a text by.
QUESTIONS = [
    "?conclusion__startswith=Grows",
    "?needs__contains=practice",
    "?history_change_reason__contains=quarrel",
    "?mentorship__goals__contains=a",
    "?history_user__password__startswith=md5",
    "?q=Grows",
    "?q=quarrel",
    "?q=breakfast",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_nothing_is_told_by_asking_for_it(client, coordinator, cast, question):
    client.force_login(coordinator)
    for model in RECORDS:
        address = url(model, "index")
        asked = client.get(address + question).context["paginator"].count
        # The opposite gets the same answer.
        other = question.split("=")[0] + "=Zzzzz"
        assert client.get(address + other).context["paginator"].count == asked


def test_the_register_of_frameworks_tells_no_password(client, editor, framework):
    framework.title = "Anders"
    publish(snippet=framework, user=editor)
    client.force_login(editor)
    address = url(CompetencyFramework, "index")
    found = client.get(address).context["paginator"].count
    asked = client.get(address + "?history_user__password__startswith=zzz")
    assert asked.context["paginator"].count == found


def test_a_register_of_records_is_filtered(client, coordinator, cast):
    client.force_login(coordinator)
    evaluation = RECORDS[3]
    address = url(evaluation, "index")
    asked = client.get(address + "?act__exact=start")
    assert asked.context["paginator"].count == evaluation.history.filter(act="start").count() == 2
    assert client.get(address + "?q=Mentee").context["paginator"].count
    assert client.get(address + "?history_date__gte=nonsense").status_code in (302, 404)


@pytest.mark.parametrize("model", RECORDS)
def test_an_editor_gets_nothing_of_records(client, editor, cast, model):
    client.force_login(editor)
    row = model.history.first()
    for address in (
        url(model, "index"),
        url(model, "index") + "?export=csv",
        url(model, "inspect", row.pk),
    ):
        assert client.get(address).url == reverse("wagtailadmin_home")


@pytest.mark.parametrize("person", ["coordinator", "administrator"])
def test_coordinators_and_administrators_read_the_registers(client, request, cast, person):
    client.force_login(request.getfixturevalue(person))
    for model in RECORDS:
        assert client.get(url(model, "index")).status_code == 200


def test_the_register_of_ratings_costs_the_same_for_many_rows(
    client, coordinator, cast, django_assert_max_num_queries
):
    client.force_login(coordinator)
    rating = RECORDS[5]
    client.get(url(rating, "index"))
    with django_assert_max_num_queries(20):
        client.get(url(rating, "index"))
