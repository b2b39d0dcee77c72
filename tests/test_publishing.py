"""What a publication leaves behind: one version, one ledger row per changed record."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db.models import ProtectedError
from django.utils import timezone, translation
from wagtail.log_actions import LogContext

from mentorship_cms.models import (
    Competency,
    CompetencyArea,
    CompetencyFramework,
    FrameworkVersion,
    ImmutableError,
    Level,
    RatingScale,
    Responsibility,
    ResponsibilityGroup,
    RoleDescription,
    VersionCompetency,
)
from mentorship_cms.services.publishing import publish, record_publication
from tests import factories
from tests.factories import make_user

LEDGERS = [
    model.history
    for model in (
        RatingScale,
        Level,
        CompetencyFramework,
        CompetencyArea,
        Competency,
        RoleDescription,
        ResponsibilityGroup,
        Responsibility,
    )
]


def ledger():
    """The newest ledger rows of all models: (model, type, id)."""
    return [
        (history.model.instance_type.__name__, row.history_type, row.id)
        for history in LEDGERS
        for row in history.all()
    ]


def latest(framework):
    """The framework as editors would open it now."""
    return CompetencyFramework.objects.get(pk=framework.pk).get_latest_revision_as_object()


def reworded(framework, words="Competency reworded"):
    """Open the framework and change the title of its first competency, in memory."""
    framework = latest(framework)
    area = framework.areas.all()[0]
    competency = area.competencies.all()[0]
    competency.title = words
    area.competencies.add(competency)
    framework.areas.add(area)
    return framework, competency


def test_a_draft_that_was_never_published_leaves_no_version_and_no_ledger_row(home):
    before = ledger()
    framework = factories.framework(locale=home.locale)
    framework.live = False
    framework.save()
    framework.title = "Another title"
    framework.save_revision()
    framework.save()
    assert ledger() == before
    assert not framework.versions.exists()


def test_a_draft_of_a_published_framework_changes_nothing_for_readers(framework):
    before = ledger()
    draft, _competency = reworded(framework)
    draft.title = "Draft title"
    for _autosave in range(3):
        draft.save_revision()
    assert ledger() == before
    assert framework.versions.count() == 1
    assert CompetencyFramework.objects.get(pk=framework.pk).title == "Care assistant"
    assert not Competency.objects.filter(title="Competency reworded").exists()


def test_the_first_publication_records_every_part_once(home):
    person = make_user("edith", first_name="Edith", last_name="Editor")
    framework = factories.framework(locale=home.locale)
    publish(snippet=framework, user=person, note="The beginning")
    for history, subject, count in (
        (CompetencyFramework.history, {"id": framework.pk}, 1),
        (CompetencyArea.history, {"framework": framework.pk}, 2),
        (Competency.history, {"area__framework": framework.pk}, 4),
    ):
        rows = history.filter(**subject)
        assert len(rows) == count
        for row in rows:
            assert (row.history_type, row.history_user) == ("+", person)
            assert row.history_change_reason == "The beginning"
    version = framework.versions.get()
    assert (version.number, version.published_by, version.note) == (1, person, "The beginning")
    assert version.published_by_name == "Edith Editor"
    assert timezone.now() - version.published_at < datetime.timedelta(minutes=1)


def test_a_publication_makes_one_version_and_one_row_per_changed_record(framework):
    person = make_user("edith")
    before = len(ledger())
    draft, competency = reworded(framework)
    publish(snippet=draft, user=person, note="Clearer words")
    assert framework.versions.count() == 2
    assert len(ledger()) == before + 1
    row = Competency.history.first()
    assert (row.history_type, row.id, row.title) == ("~", competency.pk, "Competency reworded")
    assert (row.history_user, row.history_change_reason) == (person, "Clearer words")


def test_all_rows_of_one_publication_share_a_change_set(framework):
    draft, _competency = reworded(framework)
    draft.title = "Care assistant at home"
    publish(snippet=draft)
    rows = [CompetencyFramework.history.first(), Competency.history.first()]
    assert {row.history_type for row in rows} == {"~"}
    assert len({row.change_set for row in rows}) == 1
    assert rows[0].change_set != CompetencyFramework.history.last().change_set


def test_publishing_the_same_content_again_makes_nothing(framework):
    before = ledger()
    publish(snippet=latest(framework), note="Nothing new")
    assert framework.versions.count() == 1
    assert ledger() == before


def test_publishing_one_revision_twice_makes_nothing_and_keeps_ids(framework):
    draft = latest(framework)
    draft.areas.add(CompetencyArea(title="Area C", sort_order=2))
    revision = draft.save_revision()
    revision.publish()
    before, ids = ledger(), set(CompetencyArea.objects.values_list("pk", flat=True))
    revision.publish()
    assert ledger() == before
    assert set(CompetencyArea.objects.values_list("pk", flat=True)) == ids
    assert framework.versions.count() == 2


def test_going_back_to_an_earlier_draft_is_a_new_version_with_the_old_words(framework):
    first = framework.latest_revision
    draft, competency = reworded(framework)
    publish(snippet=draft)
    first.publish()
    versions = list(framework.versions.order_by("number"))
    assert [version.number for version in versions] == [1, 2, 3]
    assert versions[2].digest == versions[0].digest != versions[1].digest
    assert Competency.objects.get(pk=competency.pk).title == "Competency A1"
    assert Competency.history.first().history_type == "~"


def test_a_removed_competency_is_recorded_once_and_stays_in_the_old_version(framework):
    draft = latest(framework)
    area = draft.areas.all()[0]
    gone = area.competencies.all()[1]
    area.competencies.remove(gone)
    draft.areas.add(area)
    publish(snippet=draft)
    assert [row.history_type for row in Competency.history.filter(id=gone.pk)] == ["-", "+"]
    old = framework.versions.get(number=1)
    assert str(gone.key) in {item.key for item in old.content.competencies}
    assert VersionCompetency.objects.filter(key=gone.key).count() == 1


def test_keys_stay_the_same_from_draft_to_draft_to_publication(framework):
    draft = latest(framework)
    area = draft.areas.all()[0]
    area.competencies.add(Competency(title="New one", kind="knowledge", sort_order=9))
    draft.areas.add(area)
    key = area.competencies.all()[2].key
    draft.save_revision()
    again = latest(framework)
    again.save_revision().publish()
    assert Competency.objects.get(title="New one").key == key


def test_an_unpublished_framework_is_recorded_once_and_its_drafts_are_not(framework):
    framework.unpublish()
    assert CompetencyFramework.history.filter(id=framework.pk).first().live is False
    before = ledger()
    draft, _competency = reworded(framework)
    draft.save_revision()
    draft.save()
    assert ledger() == before


def test_publishing_a_scale_freezes_every_published_framework_that_uses_it(home):
    scale = factories.published_scale(locale=home.locale)
    used = factories.published_framework(locale=home.locale, rating_scale=scale)
    other = factories.published_framework(locale=home.locale, title="Another")
    scale = RatingScale.objects.get(pk=scale.pk)
    level = scale.levels.all()[0]
    level.label = "With a little help"
    scale.levels.add(level)
    publish(snippet=scale, note="Clearer level")
    newest = used.versions.first()
    assert (newest.number, newest.note) == (2, "Clearer level")
    assert newest.content.levels[0].label == "With a little help"
    assert used.versions.last().content.levels[0].label == "With help"
    assert other.versions.count() == 1


def test_a_framework_cannot_use_a_scale_that_is_not_published(home):
    scale = factories.scale(locale=home.locale)
    scale.live = False
    scale.save()
    with translation.override("en"), pytest.raises(ValidationError, match="not published"):
        publish(snippet=factories.framework(locale=home.locale, rating_scale=scale))
    assert not CompetencyFramework.objects.filter(rating_scale=scale).exists()


def test_a_role_is_versioned_like_a_framework(role):
    draft = RoleDescription.objects.get(pk=role.pk)
    draft.summary = "Guides and trains a mentee."
    publish(snippet=draft, note="Fuller")
    publish(snippet=RoleDescription.objects.get(pk=role.pk))
    assert [version.number for version in role.versions.all()] == [2, 1]
    assert RoleDescription.history.filter(id=role.pk).count() == 2
    assert Responsibility.history.filter(group__role_description=role.pk).count() == 4


def test_a_scheduled_publication_names_the_person_who_scheduled_it(framework):
    person = make_user("edith")
    draft, _competency = reworded(framework)
    draft.go_live_at = timezone.now() + datetime.timedelta(days=1)
    revision = draft.save_revision(user=person)
    with LogContext(user=person):
        revision.publish(user=person, skip_permission_checks=True)
    assert framework.versions.count() == 1
    past = timezone.now() - datetime.timedelta(hours=1)
    revision.refresh_from_db()
    revision.approved_go_live_at = past
    revision.content["go_live_at"] = past.isoformat()
    revision.save()
    call_command("publish_scheduled")
    version = framework.versions.first()
    assert (version.number, version.published_by) == (2, person)
    rows = Competency.history.filter(history_type="~")
    assert [(row.history_user, row.change_set is None) for row in rows] == [(person, False)]


def test_recording_a_publication_again_makes_no_version(framework):
    assert record_publication(snippet=framework) == []


def test_versions_cannot_be_changed_or_deleted(framework):
    version = framework.versions.get()
    version.note = "Other words"
    for act in (
        version.save,
        version.delete,
        lambda: FrameworkVersion.objects.update(note=""),
        lambda: FrameworkVersion.objects.all().delete(),
        lambda: VersionCompetency.objects.filter(version=version).delete(),
    ):
        with pytest.raises(ImmutableError):
            act()
    assert framework.versions.get().note == "First version"


def test_a_person_who_leaves_stays_named_in_the_version(framework):
    person = make_user("edith", first_name="Edith", last_name="Editor")
    draft, _competency = reworded(framework)
    publish(snippet=draft, user=person)
    person.delete()
    version = framework.versions.first()
    assert (version.published_by, version.published_by_name) == (None, "Edith Editor")


def test_a_published_framework_cannot_be_deleted(framework):
    with pytest.raises(ProtectedError):
        framework.delete()


def test_a_translation_is_a_draft_that_keeps_the_keys_of_the_parts(framework, english):
    before = ledger()
    translated = framework.copy_for_translation(english)
    translated.save()
    assert (translated.live, ledger()) == (False, before)
    assert not translated.versions.exists()
    assert framework.versions.count() == 1
    assert translated.pk != framework.pk
    assert [str(area.key) for area in translated.areas.all()] == [
        area.key for area in framework.content().areas
    ]
    assert [item.key for item in translated.content().competencies] == [
        item.key for item in framework.content().competencies
    ]


def test_a_translation_is_published_like_any_other(framework, english):
    translated = framework.copy_for_translation(english)
    translated.save()
    publish(snippet=CompetencyFramework.objects.get(pk=translated.pk), note="In English")
    version = translated.versions.get()
    assert (version.number, version.language, version.note) == (1, "en", "In English")
    assert [item.key for item in version.content.competencies] == [
        item.key for item in framework.versions.get().content.competencies
    ]
