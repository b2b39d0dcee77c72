"""A host with wagtail-localize: translations begun with it, and spared by it.

Run by ``tests/test_localize.py`` with the settings of that host, in which the app is installed.
"""

import re

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test.client import MULTIPART_CONTENT, encode_multipart
from django.urls import reverse
from django.utils.html import escape
from wagtail.models import Locale, Page
from wagtail.users.models import UserProfile
from wagtail_localize.models import LocaleSynchronization, Translation, TranslationSource
from wagtail_localize.operations import translate_object

from mentorship_cms import checks
from mentorship_cms.models import FrameworkPage, MentoringProjectPage, RatingScale, RolePage
from mentorship_cms.services.item_history import ActKind, history_of
from mentorship_cms.services.publishing import publish
from mentorship_cms.services.translation_overview import BEHIND, UNTRANSLATED, overview
from tests.forms import form_data, publish_from_form

pytestmark = pytest.mark.usefixtures("in_english")

#: The fields of a form that hold the words of a part.
WORDS = re.compile(
    r"(areas|groups|levels)-\d+-((competencies|responsibilities)-\d+-)?(title|text|label)"
)


@pytest.fixture
def french(db):
    return Locale.objects.get(language_code="fr")


@pytest.fixture
def german(db):
    """A language without any page or item."""
    return Locale.objects.create(language_code="de")


@pytest.fixture
def translator(client, editor):
    """An editor who may use wagtail-localize, signed in, with the admin in English."""
    editor.user_permissions.add(
        Permission.objects.get(
            content_type__app_label="wagtail_localize", codename="submit_translation"
        )
    )
    UserProfile.objects.update_or_create(user=editor, defaults={"preferred_language": "en"})
    client.force_login(editor)
    return editor


@pytest.fixture
def submit(client, translator, django_capture_on_commit_callbacks):
    """Press wagtail-localize's "Translate" for an item or a page; return the translation."""

    def press(item, locale):
        if isinstance(item, Page):
            address = reverse("wagtail_localize:submit_page_translation", args=[item.pk])
        else:
            names = [item._meta.app_label, item._meta.model_name, item.pk]
            address = reverse("wagtail_localize:submit_snippet_translation", args=names)
        assert client.get(address).status_code == 200
        with django_capture_on_commit_callbacks(execute=True):
            response = client.post(address, {"locales": [locale.pk]})
        translation = item.get_translation(locale)
        assert str(translation.pk) in response["Location"]
        return translation

    return press


@pytest.fixture
def update(client, django_capture_on_commit_callbacks):
    """Press wagtail-localize's "Sync translated" for an item or a page, with publication."""

    def press(item):
        source = TranslationSource.objects.get_for_instance(item)
        address = reverse("wagtail_localize:update_translations", args=[source.pk])
        assert client.get(address).status_code == 200
        with django_capture_on_commit_callbacks(execute=True):
            assert client.post(address, {"publish_translations": "on"}).status_code == 302

    return press


@pytest.fixture(params=["framework", "role"])
def item(request, home):
    """A published framework, and a published role description."""
    return request.getfixturevalue(request.param)


def form_of(item):
    return reverse(f"wagtailsnippets_mentorship_cms_{item._meta.model_name}:edit", args=[item.pk])


def page_of(name, item):
    """The address of one of the plugin's own admin pages about an item."""
    kind = {"competencyframework": "framework", "roledescription": "role"}
    return reverse(f"mentorship_cms_admin:{name}", args=[kind[item._meta.model_name], item.pk])


def fresh(item):
    return type(item).objects.get(pk=item.pk)


def parts(item):
    """(key, words) of each part, as the item is published."""
    return keys_and_words(fresh(item).content())


def keys_and_words(content):
    return [
        (part.key, getattr(part, "title", None) or part.text) for part, _parent in content.walk()
    ]


def states(item, language):
    """What the side-by-side page says of the parts in one language."""
    seen = overview(item)
    (place,) = [n for n, c in enumerate(seen.columns) if c.locale.language_code == language]
    return {row.cells[place].state for row in seen.rows}


def translate_in_form(client, item, mark=" (fr)"):
    """Give each part other words in the ordinary form, and publish it there."""
    data = form_data(client.get(form_of(item)))
    fields = [name for name in data if WORDS.fullmatch(name)]
    assert len(fields) >= 2
    data |= {name: data[name] + mark for name in ["title", *fields]}
    return publish_from_form(client, form_of(item), data)


# -- Frameworks, roles and scales


def test_a_translation_begins_as_a_draft_with_the_same_parts(item, submit, french, translator):
    translation = submit(item, french)
    assert (translation.live, translation.first_published_at) == (False, None)
    assert not translation.versions.exists()
    assert not translation.history.exists()
    assert parts(translation) == parts(item)
    draft = translation.get_latest_revision_as_object()
    assert keys_and_words(draft.content()) == parts(item)
    (act,) = history_of(translation).acts
    assert (act.kind, act.actions) == (ActKind.DRAFTS, ("wagtail.create",))


def test_it_begins_with_the_draft_of_its_source_and_shows_it_to_nobody(submit, role, french):
    draft = fresh(role).get_latest_revision_as_object()
    draft.summary = "Not for readers yet."
    draft.save_revision()
    translation = submit(role, french)
    assert translation.get_latest_revision_as_object().summary == "Not for readers yet."
    assert not translation.live and not translation.versions.exists()


def test_each_part_is_translated_in_the_form_and_published_as_a_version(
    client, item, submit, french, translator
):
    translation = submit(item, french)
    translate_in_form(client, translation)
    (version,) = translation.versions.all()
    assert (version.number, version.published_by) == (1, translator)
    assert keys_and_words(version.content) == [(key, f"{words} (fr)") for key, words in parts(item)]
    assert fresh(translation).live


def test_the_page_of_translations_says_what_is_to_do(client, item, submit, french):
    translation = submit(item, french)
    assert states(item, "fr") == {UNTRANSLATED}
    translate_in_form(client, translation)
    assert states(item, "fr") == {""}
    publish(snippet=reworded(item))
    assert states(item, "fr") == {"", BEHIND}
    html = client.get(page_of("translations", translation)).content.decode()
    assert "1 part behind" in html
    assert "In line with version 2" in html


def reworded(item):
    """The item with another first part, in memory."""
    item = fresh(item)
    relation = "areas" if hasattr(item, "areas") else "groups"
    rows = list(getattr(item, relation).all())
    rows[0].title = "Reworded"
    getattr(item, relation).set(rows)
    return item


@pytest.mark.parametrize("synced", [False, True], ids=["as begun", "switched on"])
def test_an_update_of_the_source_writes_over_nothing(client, item, submit, update, french, synced):
    translation = submit(item, french)
    translate_in_form(client, translation)
    draft = fresh(translation).get_latest_revision_as_object()
    draft.title = "Draft (fr)"
    draft.save_revision()
    translated, latest = parts(translation), fresh(translation).latest_revision_id
    rows = [row.pk for row in translation.history.all()]
    publish(snippet=reworded(item))
    Translation.objects.filter(target_locale=french).update(enabled=synced)
    update(item)
    # Not even as a draft.
    Translation.objects.get(target_locale=french).save_target(publish=False)
    assert parts(translation) == translated
    assert fresh(translation).latest_revision_id == latest
    assert fresh(translation).live
    assert translation.versions.count() == 1
    assert [row.pk for row in translation.history.all()] == rows


def test_the_forms_offer_no_synchronisation(client, item, submit, french):
    translation = submit(item, french)
    for one in (item, translation):
        html = client.get(form_of(one)).content.decode()
        assert 'name="title"' in html
        assert "localize-restart-translation" not in html


def test_the_other_pages_about_the_item_work(client, item, submit, french):
    translation = submit(item, french)
    translate_in_form(client, translation)
    history = reverse(
        f"wagtailsnippets_mentorship_cms_{item._meta.model_name}:history", args=[translation.pk]
    )
    assert "Version 1 published" in client.get(history).content.decode()
    draft = reworded(item)
    draft.save_revision()
    html = client.get(page_of("publish", item)).content.decode()
    assert "Publish version 2" in html
    assert "French" in html


def test_a_scale_is_translated_too(client, submit, update, framework, french):
    scale = framework.rating_scale
    translation = submit(scale, french)
    assert not translation.live
    assert [level.key for level in translation.levels.all()] == [
        level.key for level in scale.levels.all()
    ]
    translate_in_form(client, translation)
    scale = RatingScale.objects.get(pk=scale.pk)
    scale.title = "Reworded"
    publish(snippet=scale)
    update(scale)
    labels = [level.label for level in RatingScale.objects.get(pk=translation.pk).levels.all()]
    assert labels == [f"{level.label} (fr)" for level in scale.levels.all()]


def test_a_translation_begun_by_code_without_a_person(item, french, german):
    translate_object(item, [french, german])
    for locale in (french, german):
        translation = item.get_translation(locale)
        assert not translation.live
        assert parts(translation) == parts(item)


def test_a_translation_that_was_there_is_kept(client, submit, item, french, german):
    translation = submit(item, french)
    translate_in_form(client, translation)
    translated = parts(translation)
    translate_object(item, [french, german])
    assert parts(translation) == translated


# -- Pages


def test_a_role_page_shows_the_translation_when_it_is_published(client, submit, german, mentoring):
    page = RolePage.objects.filter(locale=mentoring.locale).first()
    words = page.role_description.content().groups[0].responsibilities[0].text
    assert words in client.get(page.url).content.decode()
    german_page = submit(page, german)
    role = german_page.role_description
    assert (role.locale, role.live) == (german, False)
    assert words not in client.get(german_page.url).content.decode()
    draft = role.get_latest_revision_as_object()
    groups = list(draft.groups.all())
    item = groups[0].responsibilities.all()[0]
    item.text = "Auf Deutsch"
    groups[0].responsibilities.add(item)
    draft.groups.set(groups)
    publish(snippet=draft)
    assert "Auf Deutsch" in client.get(german_page.url).content.decode()


def test_a_framework_page_leads_to_a_draft_of_the_framework(client, submit, german, mentoring):
    page = FrameworkPage.objects.get(locale=mentoring.locale)
    german_page = submit(page, german)
    assert (german_page.framework.locale, german_page.framework.live) == (german, False)
    assert client.get(german_page.url).status_code == 200


def test_each_text_of_the_project_page_can_be_translated(
    client, submit, update, german, mentoring, administrator, django_capture_on_commit_callbacks
):
    translated = submit(mentoring, german)
    # The right to change a page beneath the home page in that language.
    client.force_login(administrator)
    source = TranslationSource.objects.get_for_instance(mentoring)
    segments = {s.context.path: s for s in source.stringsegment_set.select_related("context")}
    # A condition stands in a list of its section; its key is no text.
    (block,) = [block for block in mentoring.body if block.block_type == "conditions"]
    condition = block.value["items"].bound_blocks[0]
    path = f"body.{block.id}.items.{condition.id}"
    assert f"{path}.text" in segments
    assert condition.value["key"] and f"{path}.key" not in segments
    (translation,) = Translation.objects.filter(source=source)
    put(client, translation, segments[f"{path}.text"], "Eine Bedingung")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("wagtailadmin_pages:edit", args=[translated.pk]), {"action": "publish"})
    update(mentoring)
    (block,) = [
        block
        for block in MentoringProjectPage.objects.get(pk=translated.pk).body
        if block.block_type == "conditions"
    ]
    assert block.value["items"][0]["text"] == "Eine Bedingung"
    assert block.value["items"][0]["key"] == condition.value["key"]


def put(client, translation, segment, words):
    """Type a translation in wagtail-localize's editor."""
    boundary = "boundary"
    response = client.put(
        reverse("wagtail_localize:edit_string_translation", args=[translation.pk, segment.pk]),
        encode_multipart(boundary, {"value": words}),
        content_type=MULTIPART_CONTENT.replace("BoUnDaRyStRiNg", boundary),
    )
    assert response.status_code == 201


def test_a_language_that_follows_another_shows_the_pages_of_that_one(client, german, mentoring):
    LocaleSynchronization.objects.create(locale=german, sync_from=mentoring.locale)
    assert client.get(MentoringProjectPage.objects.get(locale=german).url).status_code == 200
    for model, subject in ((RolePage, "role_description"), (FrameworkPage, "framework")):
        for page in model.objects.filter(locale=mentoring.locale):
            alias = page.get_translation(german)
            assert alias.alias_of_id == page.pk
            words = getattr(page, subject).content().children[0].title
            assert escape(words) in client.get(alias.url).content.decode()


# -- The rest of the site


def test_its_list_of_snippets_tells_an_editor_of_no_record(client, translator, cast):
    for model in ("mentorship", "evaluation"):
        for rest in ("", f"{cast.mentorship.pk}/"):
            address = f"/admin/localize/api/snippets/mentorship_cms/{model}/{rest}"
            assert client.get(address, follow=True).status_code == 404


def test_the_commands_find_nothing_wrong(db):
    call_command("check", fail_level="WARNING")
    call_command("makemigrations", "mentorship_cms", check=True, dry_run=True, verbosity=0)


def test_a_release_that_is_not_known_is_told(monkeypatch):
    assert checks.check_localize(None) == []
    write = TranslationSource.create_or_update_translation.__wrapped__
    monkeypatch.setattr(TranslationSource, "create_or_update_translation", write)
    (problem,) = checks.check_localize(None)
    assert problem.id == "mentorship_cms.E010"
