"""A rating scale in all its languages. It has no versions; its publications in the ledger count."""

from datetime import timedelta
from unittest import mock

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Locale

from mentorship_cms.models import Level, RatingScale, TranslationMark
from mentorship_cms.services import translations
from mentorship_cms.services.consequences import consequences_of
from mentorship_cms.services.publishing import content_of, publish
from mentorship_cms.services.source_versions import versions_of
from mentorship_cms.services.translation_overview import (
    BEHIND,
    MISSING,
    UNTRANSLATED,
    behind,
    overview,
)
from tests import factories

pytestmark = pytest.mark.usefixtures("in_english")


@pytest.fixture
def french(db):
    return Locale.objects.get(language_code="fr")


@pytest.fixture
def scale(home):
    return factories.published_scale(locale=home.locale)


@pytest.fixture
def translation(scale, french):
    """The scale in French, all of it, published."""
    translation = scale.get_latest_revision_as_object().copy_for_translation(french)
    translation.title += " (fr)"
    for level in translation.levels.all():
        level.label += " (fr)"
    translation.save()
    publish(snippet=translation)
    return translation


@pytest.fixture
def page(client, editor):
    """Open the page of a scale as editor, in English, or send something to it."""
    client.force_login(editor)

    def send(item, data=None):
        address = reverse("mentorship_cms_admin:translations", args=["scale", item.pk])
        if data is None:
            return client.get(address, headers={"accept-language": "en"})
        return client.post(address, data, headers={"accept-language": "en"})

    return send


def fresh(item):
    return RatingScale.objects.get(pk=item.pk)


def reword(scale, place=0, **texts):
    """Publish the scale with other texts of one level, as its form would."""
    draft = fresh(scale).get_latest_revision_as_object()
    levels = list(draft.levels.all())
    for name, text in texts.items():
        setattr(levels[place], name, text)
    draft.levels.set(levels)
    publish(snippet=draft)


def with_level(scale, label, place=1):
    """Publish the scale with a level more."""
    draft = fresh(scale).get_latest_revision_as_object()
    levels = list(draft.levels.all())
    levels.insert(place, Level(label=label))
    for number, level in enumerate(levels):
        level.sort_order = number
    draft.levels.set(levels)
    publish(snippet=draft)


def cells(scale):
    """The French cells that say something, by the name of the part."""
    seen = overview(scale)
    (place,) = [n for n, c in enumerate(seen.columns) if c.locale.language_code == "fr"]
    return {
        getattr(row.part, "label", None) or row.part.title: row.cells[place]
        for row in seen.rows
        if row.cells[place].state
    }


def words(scale):
    """What each publication of the scale says, oldest first."""
    versions = versions_of([scale])
    wanted = [(scale.pk, number) for number in sorted(versions.dates[scale.pk])]
    contents = versions.contents(wanted)
    return [[level.label for level in contents[one].levels] for one in wanted]


# -- What the ledger tells of a scale


def test_each_publication_of_other_words_counts(scale):
    assert words(scale) == [["With help", "Alone"]]
    reword(scale, label="With some help")
    with_level(scale, "With a nod")
    publish(snippet=fresh(scale).get_latest_revision_as_object())
    assert words(scale) == [
        ["With help", "Alone"],
        ["With some help", "Alone"],
        ["With some help", "With a nod", "Alone"],
    ]


def test_a_level_that_goes_and_one_that_moves_are_known(scale):
    with_level(scale, "With a nod")
    draft = fresh(scale).get_latest_revision_as_object()
    first, nod, last = draft.levels.all()
    nod.sort_order, last.sort_order = 2, 1
    draft.levels.set([first, last, nod])
    publish(snippet=draft)
    draft = fresh(scale).get_latest_revision_as_object()
    draft.levels.set(list(draft.levels.all())[1:])
    publish(snippet=draft)
    assert words(scale)[-2:] == [["With help", "Alone", "With a nod"], ["Alone", "With a nod"]]


def test_drafts_and_taking_it_offline_are_no_publications(scale):
    draft = fresh(scale).get_latest_revision_as_object()
    draft.title = "A draft"
    draft.save_revision()
    fresh(scale).unpublish()
    publish(snippet=fresh(scale).get_latest_revision_as_object())
    titles = [content.title for content in contents(scale)]
    assert titles == ["Independence", "A draft"]


def contents(scale):
    versions = versions_of([fresh(scale)])
    wanted = [(scale.pk, number) for number in sorted(versions.dates[scale.pk])]
    return [versions.contents([one])[one] for one in wanted]


def test_two_publications_without_log_context_are_told_apart(scale):
    # As publish_scheduled does: no context, so that the change set is that of the revision.
    for number, title in enumerate(("One", "Two"), start=1):
        draft = fresh(scale).get_latest_revision_as_object()
        draft.title = title
        revision = draft.save_revision()
        later = timezone.now() + timedelta(days=number)
        with mock.patch("django.utils.timezone.now", return_value=later):
            revision.publish(log_action="wagtail.publish.scheduled")
    assert [content.title for content in contents(scale)] == ["Independence", "One", "Two"]


def test_a_scale_that_the_ledger_does_not_know_says_what_is_stored(scale):
    RatingScale.history.all().delete()
    Level.history.all().delete()
    (content,) = contents(scale)
    assert content == fresh(scale).scale_content()


# -- What a translation lacks


def test_a_translation_of_all_words_is_not_behind(scale, translation):
    assert cells(scale) == {}
    assert behind(fresh(scale)) == []


def test_what_the_source_changed_since_is_behind_with_the_change(scale, translation, french):
    reword(scale, label="With a hand")
    ((name, cell),) = cells(scale).items()
    assert (name, cell.state) == ("With a hand", BEHIND)
    (change,) = cell.changes
    assert (change.field, change.old, change.new) == ("label", "With help", "With a hand")
    assert behind(fresh(scale)) == [(french, 1)]
    assert behind(fresh(translation)) == []


def test_missing_and_incomplete_and_not_translated_yet(scale, french, editor):
    reword(scale, description="Somebody stands by")
    started = translations.start_translation(user=editor, item=fresh(scale), locale=french)
    assert {cell.state for cell in cells(scale).values()} == {UNTRANSLATED}
    draft = started.get_latest_revision_as_object()
    first, second = draft.levels.all()
    first.label, first.description, second.label = "Avec aide", "", "Seul"
    draft.title = "Autonomie"
    draft.levels.set([first, second])
    draft.save_revision()
    ((name, cell),) = cells(scale).items()
    assert (name, cell.state, cell.lacking) == ("With help", MISSING, ("description",))
    with_level(scale, "With a nod")
    assert cells(scale)["With a nod"].part is None


def test_levels_that_the_source_added_come_into_the_draft_with_their_keys(
    scale, translation, editor
):
    with_level(scale, "With a nod")
    with pytest.raises(ValidationError, match="missing"):
        translations.mark_in_line(user=editor, translation=translation, number=2)
    assert translations.add_missing_parts(user=editor, translation=fresh(translation)) == 1
    assert [level.label for level in fresh(translation).levels.all()] == [
        "With help (fr)",
        "Alone (fr)",
    ], "nothing is published"
    draft = fresh(translation).get_latest_revision_as_object()
    assert [level.label for level in draft.levels.all()] == [
        "With help (fr)",
        "With a nod",
        "Alone (fr)",
    ]
    assert [level.key for level in draft.levels.all()] == [
        level.key for level in fresh(scale).levels.all()
    ]
    assert translations.add_missing_parts(user=editor, translation=fresh(translation)) == 0
    publish(snippet=draft)
    assert fresh(translation).levels.count() == 3


def test_vouching_measures_a_translation_from_there(scale, translation, editor):
    reword(scale, label="With a hand")
    mark = translations.mark_in_line(user=editor, translation=fresh(translation), number=2)
    assert (mark.rating_scale, mark.source_number) == (translation, 2)
    assert behind(fresh(scale)) == []
    reword(scale, label="With both hands")
    (cell,) = cells(scale).values()
    assert cell.changes[0].old == "With a hand"
    for number in (0, 4):
        with pytest.raises(ValidationError, match="no such version"):
            translations.mark_in_line(user=editor, translation=translation, number=number)
    with pytest.raises(ValidationError, match="source"):
        translations.mark_in_line(user=editor, translation=scale, number=1)


def test_a_mark_is_of_one_item(framework, scale):
    for fields in ({}, {"framework": framework, "rating_scale": scale}):
        with pytest.raises(IntegrityError), transaction.atomic():
            TranslationMark.objects.create(source_number=1, at=timezone.now(), **fields)


def test_the_starter_content_is_in_line(mentoring):
    for scale in RatingScale.objects.filter(locale=mentoring.locale):
        assert len(overview(scale).translations) == 2
        assert behind(scale) == [], scale


def test_publishing_a_scale_tells_the_languages_that_will_be_behind(
    client, editor, scale, translation, french
):
    draft = fresh(scale).get_latest_revision_as_object()
    first, second = draft.levels.all()
    first.label = "With a hand"
    draft.levels.set([first, second])
    draft.save_revision()
    assert consequences_of(fresh(scale), content_of(draft)).behind == ((french, 1),)
    assert behind(fresh(scale)) == []
    client.force_login(editor)
    shown = client.get(
        reverse("mentorship_cms_admin:publish", args=["scale", scale.pk]),
        headers={"accept-language": "en"},
    ).content.decode()
    assert "1 part will be behind." in shown
    assert reverse("mentorship_cms_admin:translations", args=["scale", scale.pk]) in shown


# -- The page


def test_the_page_goes_by_dates_and_not_by_numbers(page, scale, translation):
    reword(scale, label="With a hand")
    for item in (scale, translation):
        html = page(item).content.decode()
        assert "1 part behind" in html
        assert "Start the English translation" in html
        assert "A rating scale has no versions of its own" in html
        assert "In line with the source of" in html
        assert "Changed in the source after" in html
        assert "ersion 1" not in html
        assert "ersion 2" not in html


def test_the_buttons_of_the_page(client, page, scale, translation, english):
    with_level(scale, "With a nod")
    assert page(scale, {"add": "fr"}).status_code == 302
    doubt = page(scale, {"mark": "fr", "number": "2"})
    assert doubt.status_code == 200 and "in line with the source" in doubt.content.decode()
    sure = {"mark": "fr", "number": "2", "knowingly": "1"}
    assert page(scale, sure).status_code == 302
    html = page(scale).content.decode()
    assert "French is in line with the source." in html
    assert "said Edith Editor on" in html
    assert page(scale, {"start": "en"}).status_code == 302
    assert scale.get_translation(english).title == scale.title
    history = reverse(scale.snippet_viewset.get_url_name("history"), args=[translation.pk])
    told = client.get(history, headers={"accept-language": "en"}).content.decode()
    assert "Said to be in line with the source" in told


def test_the_form_leads_to_the_translations_and_to_no_page_of_lists(
    client, editor, scale, translation
):
    reword(scale, label="With a hand")
    client.force_login(editor)
    form = reverse(scale.snippet_viewset.get_url_name("edit"), args=[scale.pk])
    html = client.get(form, headers={"accept-language": "en"}).content.decode()
    assert "1 part behind" in html
    assert html.count(reverse("mentorship_cms_admin:translations", args=["scale", scale.pk])) == 2
    assert "/paste/" not in html
    assert "/arrange/" not in html


@pytest.mark.parametrize("times", [2, 12])
def test_the_queries_stay_the_same(scale, translation, times):
    for number in range(times):
        with_level(scale, f"Level {number}")
    with CaptureQueriesContext(connection) as queries:
        overview(fresh(scale))
    assert len(queries) <= 9, [query["sql"][:90] for query in queries]
