"""The sentence for readers: each publication has its own, or none."""

import pytest
from django.urls import reverse

from mentorship_cms.models import Competency, CompetencyFramework
from mentorship_cms.services import arranging, translations
from mentorship_cms.services.arranging import Place
from mentorship_cms.services.publishing import publish
from tests.forms import form_data

pytestmark = pytest.mark.usefixtures("in_english")


def paste(framework, editor):
    arranging.add_lines(
        user=editor,
        item=framework,
        seen_revision=framework.latest_revision_id,
        lines=arranging.read_lines("A3 New", with_codes=True),
        section=framework.content().areas[0].key,
        kind="attitude",
    )


def recode(framework, editor):
    area = framework.content().areas[0]
    places = {area.competencies[0].key: Place(area.key, 1, "A9")}
    arranging.arrange(
        user=editor,
        item=framework,
        seen_revision=framework.latest_revision_id,
        places=places,
    )


ACTS = {"paste": paste, "arrange": recode}


def fresh(framework):
    return CompetencyFramework.objects.get(pk=framework.pk)


def note_in_form(client, framework, name):
    """The note that stands on the page before publishing, or in the form."""
    if name == "publish":
        address = reverse("mentorship_cms_admin:publish", args=["framework", framework.pk])
        return form_data(client.get(address), "form[data-publish]")["note"]
    address = reverse(
        "wagtailsnippets_mentorship_cms_competencyframework:edit", args=[framework.pk]
    )
    return form_data(client.get(address))["change_note"]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("name", ["publish", "form"])
def test_a_draft_made_outside_the_form_begins_without_note(client, editor, framework, act, name):
    framework.refresh_from_db()
    assert framework.change_note == "First version"
    ACTS[act](framework, editor)
    client.force_login(editor)
    assert note_in_form(client, framework, name) == ""


@pytest.mark.parametrize("act", ACTS)
def test_the_note_of_a_draft_that_was_begun_stays(client, editor, framework, act):
    draft = fresh(framework).get_latest_revision_as_object()
    draft.change_note = "Half written"
    draft.save_revision(user=editor)
    ACTS[act](fresh(framework), editor)
    client.force_login(editor)
    assert note_in_form(client, framework, "publish") == "Half written"


def test_adding_missing_parts_to_a_translation_begins_without_note(
    client, editor, framework, english
):
    translation = framework.copy_for_translation(english)
    translation.save()
    publish(snippet=translation, note="Translated")
    area = framework.areas.all()[0]
    Competency.objects.create(area=area, title="New", kind="attitude", sort_order=9)
    publish(snippet=fresh(framework))
    assert translations.add_missing_parts(user=editor, translation=fresh(translation)) == 1
    client.force_login(editor)
    assert note_in_form(client, translation, "publish") == ""


def test_an_old_draft_and_a_copy_come_without_note(client, editor, framework):
    first = fresh(framework).latest_revision
    draft = fresh(framework).get_latest_revision_as_object()
    draft.change_note = "Half written"
    draft.save_revision(user=editor)
    client.force_login(editor)
    for view, args in (("revisions_revert", [framework.pk, first.pk]), ("copy", [framework.pk])):
        address = reverse(f"wagtailsnippets_mentorship_cms_competencyframework:{view}", args=args)
        assert form_data(client.get(address))["change_note"] == "", view
