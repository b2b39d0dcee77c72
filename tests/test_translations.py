"""An item in all its languages: what a translation lacks, since when, and catching up."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import GroupApprovalTask, Locale, Workflow, WorkflowTask

from mentorship_cms.models import (
    Competency,
    CompetencyFramework,
    Rating,
    Responsibility,
    RoleDescription,
    TranslationMark,
)
from mentorship_cms.services import translations
from mentorship_cms.services.publishing import publish
from mentorship_cms.services.translation_overview import (
    BEHIND,
    GONE,
    MISSING,
    UNTRANSLATED,
    behind,
    overview,
)
from tests import factories, lifecycle
from tests.forms import form_data

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def french(db):
    return Locale.objects.get(language_code="fr")


@pytest.fixture
def page(client, editor):
    """Open the page of an item as editor, in English, or send something to it."""
    client.force_login(editor)

    def send(item, data=None):
        kind = "role" if isinstance(item, RoleDescription) else "framework"
        address = reverse("mentorship_cms_admin:translations", args=[kind, item.pk])
        if data is None:
            return client.get(address, headers={"accept-language": "en"})
        return client.post(address, data, headers={"accept-language": "en"})

    return send


def translate(item, locale, *, mark=" (fr)", published=True):
    """A translation of all words, begun from ``item`` as it is."""
    translation = item.get_latest_revision_as_object().copy_for_translation(locale)
    translation.title += mark
    translation.save()
    if isinstance(item, CompetencyFramework):
        for area in translation.areas.all():
            area.title += mark
            for competency in area.competencies.all():
                competency.title += mark
                competency.save()
            area.save()
    else:
        for group in translation.groups.all():
            group.title += mark
            for item in group.responsibilities.all():
                item.text += mark
                item.save()
            group.save()
    translation = type(translation).objects.get(pk=translation.pk)
    if published:
        publish(snippet=translation)
    return translation


def reword(framework, code, **texts):
    """Publish ``framework`` with other texts of the competency of that code."""
    competency = Competency.objects.get(area__framework=framework, code=code)
    for name, text in texts.items():
        setattr(competency, name, text)
    competency.save()
    publish(snippet=CompetencyFramework.objects.get(pk=framework.pk))


def cells(item, language):
    """The cells of one language that say something, by the name of the part."""
    seen = overview(item)
    (place,) = [n for n, c in enumerate(seen.columns) if c.locale.language_code == language]
    return {
        getattr(row.part, "title", None) or row.part.text: row.cells[place]
        for row in seen.rows
        if row.cells[place].state
    }


def test_a_translation_of_all_words_is_not_behind(framework, french):
    translate(framework, french)
    assert cells(framework, "fr") == {}
    assert behind(framework) == []


def test_what_the_source_changed_since_is_behind_with_the_change(framework, french):
    translate(framework, french)
    reword(framework, "A1", criterion="Shows it at breakfast.")
    ((name, cell),) = cells(framework, "fr").items()
    assert (name, cell.state) == ("Competency A1", BEHIND)
    (change,) = cell.changes
    assert change.field == "criterion"
    assert (change.old, change.new) == (
        "Shows A1 in a real situation.",
        "Shows it at breakfast.",
    )
    assert behind(framework) == [(french, 1)]


def test_a_draft_of_the_source_puts_nobody_behind_until_it_is_published(framework, french):
    translate(framework, french)
    draft = framework.latest_revision.as_object()
    draft.areas.all()[0].competencies.all()[0].criterion = "Draft"
    draft.save_revision()
    framework.refresh_from_db()
    assert behind(framework) == []
    assert behind(framework, draft.content()) == [(french, 1)]


def test_vouching_for_a_translation_measures_it_from_there(framework, french, editor):
    translation = translate(framework, french)
    reword(framework, "A1", criterion="Shows it at breakfast.")
    translations.mark_in_line(user=editor, translation=translation, number=2)
    assert behind(framework) == []
    reword(framework, "A1", criterion="Shows it at supper.")
    (cell,) = cells(framework, "fr").values()
    assert cell.changes[0].old == "Shows it at breakfast."
    mark = TranslationMark.objects.get()
    assert (mark.framework, mark.source_number) == (translation, 2)
    assert (mark.by, mark.by_name) == (editor, "Edith Editor")


def test_publishing_the_translation_again_does_not_hide_what_changed(framework, french):
    translation = translate(framework, french)
    reword(framework, "A1", criterion="Shows it at breakfast.")
    translation.occupation = "Aide"
    publish(snippet=translation)
    assert behind(framework) == [(french, 1)]


def test_nobody_vouches_for_the_source_or_for_a_version_that_is_not_there(
    framework, french, editor
):
    translation = translate(framework, french)
    for item, number in ((framework, 1), (translation, 2), (translation, 0)):
        with pytest.raises(ValidationError):
            translations.mark_in_line(user=editor, translation=item, number=number)
    assert not TranslationMark.objects.exists()


def test_a_translation_that_was_started_is_a_draft_in_line_with_nothing(framework, french, editor):
    translation = translations.start_translation(user=editor, item=framework, locale=french)
    assert not translation.live
    assert translation.latest_revision.user == editor
    assert {str(c.key) for c in Competency.objects.filter(area__framework=translation)} == {
        c.key for c in framework.content().competencies
    }
    states = {cell.state for cell in cells(framework, "fr").values()}
    assert states == {UNTRANSLATED}
    assert behind(framework) == [(french, 7)]  # itself, two areas, four competencies
    with pytest.raises(ValidationError):
        translations.start_translation(user=editor, item=framework, locale=french)


def test_a_translation_of_wagtails_own_plugin_is_read_the_same_way(framework, french):
    # simple_translation saves the copy without a revision of its own.
    framework.get_latest_revision_as_object().copy_for_translation(french).save()
    assert {cell.state for cell in cells(framework, "fr").values()} == {UNTRANSLATED}


def test_texts_that_are_still_empty_are_named(framework, french):
    translation = translate(framework, french)
    draft = translation.latest_revision.as_object()
    competency = draft.areas.all()[0].competencies.all()[0]
    competency.criterion = ""
    competency.descriptors = {}
    draft.save_revision()
    ((name, cell),) = cells(framework, "fr").items()
    assert (name, cell.state) == ("Competency A1", MISSING)
    assert cell.lacking[0] == "criterion"
    assert len(cell.lacking) == 3
    assert cell.is_unpublished


def test_parts_that_the_source_added_come_into_the_draft_with_their_keys(framework, french, editor):
    translation = translate(framework, french)
    first = framework.areas.first()
    new = Competency(code="A3", title="New", kind="attitude", criterion="Says so.", sort_order=0)
    first.competencies.add(new)
    first.save()
    new_area = factories.framework(locale=french, areas=1, title="").areas.all()[0]
    new_area.title = "New area"
    new_area.sort_order = -1
    framework.areas.add(new_area)
    publish(snippet=framework)
    found = {name: cell.part for name, cell in cells(framework, "fr").items()}
    assert found == {
        "New area": None,
        "Competency A1": None,
        "Competency A2": None,
        "New": None,
    }
    with pytest.raises(ValidationError, match="missing"):
        translations.mark_in_line(user=editor, translation=translation, number=2)
    assert translations.add_missing_parts(user=editor, translation=translation) == 4
    translation.refresh_from_db()
    assert translation.content().areas[0].title == "Area A (fr)", "nothing is published"
    draft = translation.get_latest_revision_as_object().content()
    source = framework.content()
    for part in ("New area", "New"):
        old, now = (
            next(p for p, _parent in content.walk() if p.title == part)
            for content in (source, draft)
        )
        assert old.key == now.key
    assert [a.key for a in draft.areas] == [a.key for a in source.areas]
    assert {cell.state for cell in cells(framework, "fr").values()} == {UNTRANSLATED}
    assert translations.add_missing_parts(user=editor, translation=translation) == 0


def test_parts_of_no_source_stand_at_the_end(framework, french, editor):
    translation = translate(framework, french)
    area = translation.areas.all()[0]
    Competency.objects.create(area=area, title="Only here", kind="attitude", sort_order=9)
    rows = overview(framework).rows
    assert (rows[-1].part.title, rows[-1].is_extra) == ("Only here", True)
    # Until somebody says that this is as it should be.
    assert behind(framework) == [(french, 1)]
    translations.mark_in_line(user=editor, translation=translation, number=1)
    assert behind(framework) == []


def test_roles_are_compared_too(role, french):
    translate(role, french)
    responsibility = Responsibility.objects.filter(group__role_description=role).first()
    responsibility.explanation = "In other words."
    responsibility.save()
    publish(snippet=RoleDescription.objects.get(pk=role.pk))
    ((name, cell),) = cells(role, "fr").items()
    assert (name, cell.state) == (responsibility.text, BEHIND)


def test_the_source_is_the_one_in_the_language_of_the_site(framework, french):
    translation = translate(framework, french)
    assert overview(translation).source.item == framework
    assert behind(translation) == []
    # Without one in that language it is the oldest.
    english = Locale.objects.get(language_code="en")
    oldest = factories.published_framework(locale=english)
    second = translate(oldest, french)
    assert overview(second).source.item == oldest


def test_the_starter_content_is_in_line(mentoring):
    for model in (CompetencyFramework, RoleDescription):
        for item in model.objects.filter(locale=mentoring.locale):
            assert behind(item) == [], item


def test_the_page_shows_every_language_and_what_to_do(page, framework, french):
    translation = translate(framework, french)
    reword(framework, "A1", criterion="Shows it at breakfast.")
    for item in (framework, translation):
        html = page(item).content.decode()
        assert "1 part behind" in html
        assert "Start the English translation" in html
        assert "In line with version 2" in html
        assert "Changed in the source between version 1 and version 2" in html
        assert "at breakfast." in html


def test_the_buttons_of_the_page(page, framework, french, english):
    translation = translate(framework, french)
    reword(framework, "A1", criterion="Shows it at breakfast.")
    assert page(framework, {"mark": "fr", "number": "2"}).status_code == 302
    assert translation.translation_mark.source_number == 2
    assert page(framework, {"start": "en"}).status_code == 302
    assert framework.get_translation(english).title == framework.title
    draft = framework.get_translation(english)
    draft.areas.all()[0].delete()
    draft = CompetencyFramework.objects.get(pk=draft.pk)
    draft.save_revision()
    assert page(framework, {"add": "en"}).status_code == 302
    draft.refresh_from_db()
    assert len(draft.get_latest_revision_as_object().content().areas) == 2


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"start": "fr"},
        {"start": "xx"},
        {"mark": "en", "number": "1"},
        {"mark": "fr"},
        {"mark": "fr", "number": "99"},
        {"mark": "nl", "number": "1"},
        {"add": "en"},
    ],
)
def test_what_cannot_be_done_is_said_on_the_same_page(page, framework, french, data):
    translate(framework, french)
    before = CompetencyFramework.objects.count()
    response = page(framework, data)
    assert response.status_code == 200
    assert "messages" in response.content.decode()
    assert [m.level_tag for m in response.context["messages"]] == ["error"]
    assert CompetencyFramework.objects.count() == before
    assert not TranslationMark.objects.exists()


def test_a_locked_translation_gets_no_new_parts(framework, french, editor, administrator):
    translation = translate(framework, french)
    area = framework.areas.all()[0]
    Competency.objects.create(area=area, title="New", kind="attitude", sort_order=9)
    publish(snippet=CompetencyFramework.objects.get(pk=framework.pk))
    translation.locked, translation.locked_by = True, administrator
    translation.save()
    with pytest.raises(ValidationError, match="locked"):
        translations.add_missing_parts(user=editor, translation=translation)


@pytest.mark.parametrize("held_by", ["nothing", "lock", "workflow", "schedule"])
def test_parts_are_only_offered_to_what_is_not_locked(
    page, framework, french, administrator, held_by
):
    translation = translate(framework, french)
    area = framework.areas.all()[0]
    Competency.objects.create(area=area, title="New", kind="attitude", sort_order=9)
    publish(snippet=CompetencyFramework.objects.get(pk=framework.pk))
    if held_by == "lock":
        translation.locked, translation.locked_by = True, administrator
        translation.save()
    elif held_by == "workflow":
        workflow = Workflow.objects.create(name="Check")
        task = GroupApprovalTask.objects.create(name="Read")
        WorkflowTask.objects.create(workflow=workflow, task=task)
        translation.save_revision()
        workflow.start(translation, administrator)
    elif held_by == "schedule":
        translation.go_live_at = timezone.now() + timedelta(days=1)
        translation.save_revision().publish()
    offered = 'name="add"' in page(framework).content.decode()
    assert offered == (held_by == "nothing")


def test_a_site_of_one_language_says_so(page, framework, settings):
    settings.WAGTAIL_I18N_ENABLED = False
    assert "This site has one language" in page(framework).content.decode()
    assert behind(framework) == []


@pytest.mark.parametrize("size", [5, 50])
def test_the_queries_stay_the_same(framework, french, home, size):
    big = factories.published_framework(locale=home.locale, areas=2, competencies=size, title="Big")
    translation = translate(big, french)
    reword(big, "A1", criterion="Other")
    draft = translation.get_latest_revision_as_object()
    draft.title = "Draft"
    draft.save_revision()
    with CaptureQueriesContext(connection) as queries:
        overview(big)
    assert len(queries) <= 9, [query["sql"][:90] for query in queries]


def test_the_form_leads_to_the_translations(client, editor, framework, french):
    translate(framework, french)
    reword(framework, "A1", criterion="Shows it at breakfast.")
    client.force_login(editor)
    form = reverse("wagtailsnippets_mentorship_cms_competencyframework:edit", args=[framework.pk])
    html = client.get(form, headers={"accept-language": "en"}).content.decode()
    assert "1 part behind" in html
    assert reverse("mentorship_cms_admin:translations", args=["framework", framework.pk]) in html


# -- What the source no longer has, and what is not translated


def shown(html):
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


def test_what_the_source_took_out_is_counted_said_and_can_be_removed(
    page, client, framework, french, editor, coordinator
):
    evaluation = lifecycle.shared(lifecycle.cast(framework, coordinator))
    ratings = Rating.objects.filter(sheet__evaluation=evaluation).count()
    translation = translate(framework, french)
    draft = framework.latest_revision.as_object()
    area = draft.areas.all()[0]
    area.competencies.set([c for c in area.competencies.all() if c.code != "A2"])
    draft.save_revision()
    publish_page = reverse("mentorship_cms_admin:publish", args=["framework", framework.pk])
    client.force_login(editor)
    response = client.get(publish_page, headers={"accept-language": "en"})
    assert "French: 1 part will be behind." in shown(response.content)
    framework.refresh_from_db()
    framework.latest_revision.publish()
    ((name, cell),) = cells(framework, "fr").items()
    assert (name, cell.state) == ("Competency A2 (fr)", GONE)
    html = shown(page(framework).content)
    assert "1 not in the source, nothing behind" in html
    assert "Remove the part that the source does not have" in html
    assert page(framework, {"remove": "fr"}).status_code == 302
    assert cells(framework, "fr") == {}
    translation.refresh_from_db()
    assert len(translation.content().competencies) == 4, "nothing is published"
    kept = translation.get_latest_revision_as_object().content()
    assert [c.code for c in kept.competencies] == ["A1", "B1", "B2"]
    assert Rating.objects.filter(sheet__evaluation=evaluation).count() == ratings


def test_a_section_that_the_source_took_out_gives_its_parts_to_where_they_are_now(
    framework, french, editor
):
    translation = translate(framework, french)
    first, second = framework.areas.all()
    Competency.objects.filter(area=first, code="A1").update(area=second, sort_order=9)
    first.delete()
    publish(snippet=CompetencyFramework.objects.get(pk=framework.pk))
    assert {cell.state for cell in cells(framework, "fr").values()} == {GONE}
    assert translations.remove_gone_parts(user=editor, translation=translation) == 2
    translation.refresh_from_db()
    (area,) = translation.get_latest_revision_as_object().content().areas
    assert [c.code for c in area.competencies] == ["B1", "B2", "A1"]
    assert translations.remove_gone_parts(user=editor, translation=translation) == 0
    assert translations.remove_gone_parts(user=editor, translation=framework) == 0


def test_what_is_not_translated_is_not_in_line_without_saying_so_knowingly(
    page, framework, french, editor
):
    translation = translate(framework, french)
    area = framework.areas.all()[0]
    Competency.objects.create(area=area, title="New", kind="attitude", sort_order=9)
    publish(snippet=CompetencyFramework.objects.get(pk=framework.pk))
    translations.add_missing_parts(user=editor, translation=translation)
    assert "1 to translate, nothing behind" in shown(page(framework).content)
    with pytest.raises(translations.NotTranslatedError):
        translations.mark_in_line(user=editor, translation=translation, number=2)
    response = page(framework, {"mark": "fr", "number": "2"})
    assert response.status_code == 200
    assert not TranslationMark.objects.exists()
    data = form_data(response, "#doubt form, [id*=doubt] form")
    assert (data["number"], data["knowingly"]) == ("2", "1")
    assert page(framework, {"mark": "fr", **data}).status_code == 302
    assert TranslationMark.objects.get().source_number == 2
    assert behind(framework) == []


def test_what_was_vouched_for_is_taken_back_or_set_to_another_version(
    page, framework, french, editor
):
    translation = translate(framework, french)
    reword(framework, "A1", criterion="Shows it at breakfast.")
    translations.mark_in_line(user=editor, translation=translation, number=2)
    html = shown(page(framework).content)
    assert "Take it back" in html and "There is nothing to do." in html
    assert page(framework, {"mark": "fr", "number": "1"}).status_code == 302
    assert behind(framework) == [(french, 1)]
    assert page(framework, {"unmark": "fr"}).status_code == 302
    assert not TranslationMark.objects.exists()
    assert page(framework, {"unmark": "fr"}).status_code == 200


def test_only_what_needs_work(page, client, framework, french):
    translate(framework, french)
    reword(framework, "B1", criterion="Shows it at breakfast.")
    html = page(framework).content.decode()
    assert "There is something to do in 1 part." in html and "Show only what needs work" in html
    assert len(overview(framework).rows) == 7
    assert [row.part.title for row in overview(framework).to_do] == ["Area B", "Competency B1"]
    address = reverse("mentorship_cms_admin:translations", args=["framework", framework.pk])
    html = client.get(address, {"todo": "1"}, headers={"accept-language": "en"}).content.decode()
    table = BeautifulSoup(html, "html.parser").select("tbody tr")
    assert len(table) == 2
    assert "Show all parts" in html
