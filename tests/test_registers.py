"""The register of changes: who changed what when, to read and export, by those who may."""

import pytest
from django.urls import reverse
from wagtail.models import ReferenceIndex

from mentorship_cms.admin.registers import SUBJECTS
from mentorship_cms.models import Competency, CompetencyArea, CompetencyFramework
from mentorship_cms.services.publishing import publish
from tests.conftest import make_user


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
        from io import BytesIO

        from openpyxl import load_workbook

        cells = [cell for row in load_workbook(BytesIO(content)).active.rows for cell in row]
        assert "f" not in {cell.data_type for cell in cells}
        assert "'=1+1" in [cell.value for cell in cells]


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
