"""Editors at work in the Wagtail admin."""

import re

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mentorship_cms.models import (
    Competency,
    CompetencyFramework,
    FrameworkVersion,
    RatingScale,
    RoleDescription,
    RoleVersion,
)
from tests import factories
from tests.forms import form_data, publish_from_form


def url(model, view, *args):
    """The admin address of a view of the model's snippets."""
    return reverse(f"wagtailsnippets_mentorship_cms_{model._meta.model_name}:{view}", args=args)


@pytest.fixture
def edit(client, editor):
    """Open the edit form of an item; returns (address, what the form would post)."""
    client.force_login(editor)

    def open_form(item):
        address = url(type(item), "edit", item.pk)
        response = client.get(address)
        assert response.status_code == 200
        return address, form_data(response)

    return open_form


@pytest.fixture
def dutch_framework(mentoring):
    return CompetencyFramework.objects.get(locale=mentoring.locale)


def test_publishing_what_the_form_shows_changes_nothing(client, edit, dutch_framework):
    address, data = edit(dutch_framework)
    rows = Competency.history.count()
    publish_from_form(client, address, data)
    assert dutch_framework.versions.count() == 1
    assert Competency.history.count() == rows


def test_one_changed_word_makes_one_version_and_one_ledger_row_with_the_editor(
    client, edit, editor, dutch_framework
):
    address, data = edit(dutch_framework)
    rows = Competency.history.count()
    name = "areas-0-competencies-0-title"
    data |= {name: data[name] + " (nieuw)", "change_note": "Duidelijker"}
    publish_from_form(client, address, data)
    version = dutch_framework.versions.first()
    assert (version.number, version.note) == (2, "Duidelijker")
    assert version.published_by == editor
    assert Competency.history.count() == rows + 1
    row = Competency.history.first()
    assert (row.history_user, row.history_change_reason) == (editor, "Duidelijker")


def test_the_note_starts_empty_after_a_publication_and_stays_in_a_draft(
    client, edit, dutch_framework
):
    address, data = edit(dutch_framework)
    data["change_note"] = "Half written"
    client.post(address, data)
    _address, data = edit(dutch_framework)
    assert data["change_note"] == "Half written"
    publish_from_form(client, address, data | {"title": "Anders"})
    _address, data = edit(dutch_framework)
    assert data["change_note"] == ""


def test_a_saved_draft_leaves_the_public_page_as_it_was(client, edit, dutch_framework, mentoring):
    address, data = edit(dutch_framework)
    data |= {"title": "Geheim ontwerp", "areas-0-competencies-0-title": "Geheime competentie"}
    assert client.post(address, data).status_code == 302
    dutch_framework.refresh_from_db()
    assert dutch_framework.has_unpublished_changes
    page = mentoring.framework_cards[0]
    for path in ("", "versions/", "versions/1/"):
        text = Client().get(page.url + path).content.decode()
        assert "Geheim" not in text
    assert Client().get(page.url + "versions/2/").status_code == 404


def test_level_descriptors_are_kept_by_level(client, edit, dutch_framework):
    scale = RatingScale.objects.get(locale=dutch_framework.locale)
    level = scale.levels.all()[1]
    address, data = edit(dutch_framework)
    name = f"areas-0-competencies-0-descriptors-level-{level.key}"
    assert data[name]
    publish_from_form(client, address, data | {name: "Doet dit met hulp"})
    competency = dutch_framework.content().competencies[0]
    assert dict(competency.descriptors)[str(level.key)] == "Doet dit met hulp"
    assert len(competency.descriptors) == 4


def test_descriptors_of_another_scale_are_not_lost(client, edit, dutch_framework, home):
    other = factories.published_scale(locale=home.locale)
    address, data = edit(dutch_framework)
    competency = dutch_framework.areas.first().competencies.first()
    assert competency.descriptors
    publish_from_form(client, address, data | {"rating_scale": str(other.pk)})
    address, data = edit(dutch_framework)
    publish_from_form(client, address, data | {"title": "Nog eens"})
    assert Competency.objects.get(pk=competency.pk).descriptors == competency.descriptors


def test_a_new_framework_grows_from_an_empty_form(client, editor, mentoring):
    client.force_login(editor)
    address = url(CompetencyFramework, "add") + f"?locale={mentoring.locale.language_code}"
    data = form_data(client.get(address))
    data |= {
        "title": "Kok",
        "areas-TOTAL_FORMS": "1",
        "areas-0-title": "Keuken",
        "areas-0-ORDER": "1",
        "areas-0-competencies-TOTAL_FORMS": "1",
        "areas-0-competencies-INITIAL_FORMS": "0",
        "areas-0-competencies-0-title": "Snijdt veilig",
        "areas-0-competencies-0-kind": "know_how",
        "areas-0-competencies-0-ORDER": "1",
        "action-publish": "1",
    }
    response = client.post(address, data)
    assert response.status_code == 302
    framework = CompetencyFramework.objects.get(title="Kok")
    assert [item.title for item in framework.versions.get().content.competencies] == [
        "Snijdt veilig"
    ]


def test_a_missing_title_is_told_at_the_field_and_nothing_is_lost(client, edit, dutch_framework):
    address, data = edit(dutch_framework)
    data |= {"title": "", "introduction": "Lang getypt", "action-publish": "1"}
    response = client.post(address, data)
    assert response.status_code == 200
    assert "Lang getypt" in response.content.decode()
    assert dutch_framework.versions.count() == 1


def test_a_translated_scale_shows_through_the_language_of_the_framework(mentoring):
    french = CompetencyFramework.objects.get(locale__language_code="fr")
    dutch_scale = RatingScale.objects.get(locale=mentoring.locale)
    french.rating_scale = dutch_scale
    assert french.localized_scale == RatingScale.objects.get(locale=french.locale)


@pytest.mark.parametrize("model", [CompetencyFramework, RoleDescription])
def test_deleting_what_was_published_is_refused_and_says_by_what_it_is_used(
    client, administrator, mentoring, model
):
    client.force_login(administrator)
    item = model.objects.filter(locale=mentoring.locale).first()
    address = url(model, "delete", item.pk)
    shown = BeautifulSoup(client.get(address).content, "html.parser").get_text(" ", strip=True)
    assert "2 verwijzingen" in shown
    client.post(address)
    assert model.objects.filter(pk=item.pk).exists()
    usage = client.get(url(model, "usage", item.pk)).content.decode()
    assert str(item.versions.first()) in usage


def test_deleting_a_scale_in_use_is_refused(client, administrator, mentoring):
    client.force_login(administrator)
    scale = RatingScale.objects.get(locale=mentoring.locale)
    client.post(url(RatingScale, "delete", scale.pk))
    bulk = reverse(
        "wagtail_bulk_action", args=["mentorship_cms", RatingScale._meta.model_name, "delete"]
    )
    client.post(f"{bulk}?id={scale.pk}")
    assert RatingScale.objects.filter(pk=scale.pk).exists()


def test_bulk_deletion_spares_what_was_published(client, administrator, mentoring):
    client.force_login(administrator)
    ids = list(CompetencyFramework.objects.values_list("pk", flat=True))
    bulk = reverse("wagtail_bulk_action", args=["mentorship_cms", "competencyframework", "delete"])
    response = client.post(bulk + "?" + "&".join(f"id={pk}" for pk in ids))
    assert response.status_code in (200, 302)
    assert CompetencyFramework.objects.filter(pk__in=ids).count() == len(ids)
    assert FrameworkVersion.objects.filter(framework__in=ids).count() == len(ids)


def test_the_list_finds_by_title_and_shows_the_version(client, editor, dutch_framework):
    client.force_login(editor)
    found = client.get(url(CompetencyFramework, "list") + "?q=zorgkundige").content.decode()
    assert dutch_framework.title in found
    assert "aide-soignant" not in found


def test_the_preview_shows_the_draft_on_the_real_page(client, edit, dutch_framework):
    _address, data = edit(dutch_framework)
    data |= {"title": "Ontwerp", "areas-0-competencies-0-title": "Een nieuwe competentie"}
    preview = url(CompetencyFramework, "preview_on_edit", dutch_framework.pk)
    assert client.post(preview, data).json()["is_valid"]
    shown = client.get(preview).content.decode()
    assert "Een nieuwe competentie" in shown


def test_the_preview_of_a_scale_shows_a_framework_with_it(client, edit, mentoring):
    scale = RatingScale.objects.get(locale=mentoring.locale)
    _address, data = edit(scale)
    data["levels-0-label"] = "Kijkt alleen"
    preview = url(RatingScale, "preview_on_edit", scale.pk)
    assert client.post(preview, data).json()["is_valid"]
    assert "Kijkt alleen" in client.get(preview).content.decode()


def test_the_preview_says_what_readers_see_of_it(client, edit, dutch_framework):
    def numbers(address):
        """The numbers in the note of a preview: of the version, then of the day."""
        shown = BeautifulSoup(client.get(address).content, "html.parser")
        return [
            int(found) for found in re.findall(r"\d+", shown.select_one(".mentorship-note").text)
        ]

    item, first = dutch_framework, dutch_framework.latest_revision
    address, data = edit(item)
    preview = url(CompetencyFramework, "preview_on_edit", item.pk)
    assert client.post(preview, data).json()["is_valid"]
    assert numbers(preview) == [1], "readers see it now"
    assert client.post(preview, data | {"title": "Ontwerp"}).json()["is_valid"]
    assert numbers(preview) == [], "nobody sees it yet"
    publish_from_form(client, address, data | {"title": "Anders"})
    item.refresh_from_db()
    client.post(address, data | {"title": "Ontwerp"})
    item.refresh_from_db()
    shown = [
        numbers(url(CompetencyFramework, "revisions_view", item.pk, revision.pk))
        for revision in (first, item.live_revision, item.latest_revision)
    ]
    today = timezone.localdate()
    assert shown == [[1, today.day, today.year], [2], []]


def test_the_preview_without_a_page_says_what_to_do(client, administrator, role):
    client.force_login(administrator)
    address = url(RoleDescription, "edit", role.pk)
    data = form_data(client.get(address))
    preview = url(RoleDescription, "preview_on_edit", role.pk)
    client.post(preview, data)
    response = client.get(preview)
    assert response.status_code == 200
    assert role.title in response.content.decode()


def test_reverting_in_the_admin_brings_the_old_words_back_as_a_new_version(client, edit, mentoring):
    role = RoleDescription.objects.get(locale=mentoring.locale, role="mentor")
    first = role.latest_revision
    address, data = edit(role)
    publish_from_form(client, address, data | {"summary": "Andere woorden"})
    revert = url(RoleDescription, "revisions_revert", role.pk, first.pk)
    data = form_data(client.get(revert))
    publish_from_form(client, revert, data)
    versions = list(RoleVersion.objects.filter(role_description=role).order_by("number"))
    assert [version.number for version in versions] == [1, 2, 3]
    assert versions[0].digest == versions[2].digest


def test_comparing_two_drafts_shows_the_words_of_level_descriptors(client, edit, dutch_framework):
    first = dutch_framework.latest_revision
    address, data = edit(dutch_framework)
    name = next(name for name in data if "-descriptors-level-" in name)
    publish_from_form(client, address, data | {name: "Heel andere woorden"})
    dutch_framework.refresh_from_db()
    compare = url(
        CompetencyFramework,
        "revisions_compare",
        dutch_framework.pk,
        first.pk,
        dutch_framework.latest_revision.pk,
    )
    shown = BeautifulSoup(client.get(compare).content, "html.parser")
    assert "Heel andere woorden" in shown.get_text()
    assert shown.select("del") and shown.select("ins")


def test_a_copy_is_a_framework_of_its_own(client, edit, dutch_framework):
    edit(dutch_framework)
    address = url(CompetencyFramework, "copy", dutch_framework.pk)
    shown = client.get(address)
    action = BeautifulSoup(shown.content, "html.parser").select_one("form[data-edit-form]")[
        "action"
    ]
    data = form_data(shown) | {"title": "Kopie", "action-publish": "1"}
    assert client.post(action, data).status_code == 302
    copy = CompetencyFramework.objects.get(title="Kopie")
    old, new = dutch_framework.content(), copy.content()
    assert [item.title for item in new.competencies] == [item.title for item in old.competencies]
    assert not {item.key for item in new.competencies} & {item.key for item in old.competencies}
    assert copy.translation_key != dutch_framework.translation_key
    assert copy.versions.get().number == 1
    assert client.post(address, data).status_code == 405
    dutch_framework.refresh_from_db()
    assert dutch_framework.title != "Kopie"
