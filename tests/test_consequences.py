"""What publishing does is shown before it is done, and only what was shown is published."""

from datetime import timedelta
from unittest import mock

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from wagtail import hooks
from wagtail.models import (
    GroupApprovalTask,
    Locale,
    ModelLogEntry,
    Revision,
    Task,
    Workflow,
    WorkflowTask,
)
from wagtail.users.models import UserProfile

from mentorship_cms.choices import EvaluationKind
from mentorship_cms.models import (
    Competency,
    CompetencyFramework,
    FrameworkPage,
    FrameworkVersion,
    Rating,
    RatingScale,
    RoleDescription,
    UpkeepAct,
)
from mentorship_cms.services.consequences import consequences_of, dependants_of, frameworks_of
from mentorship_cms.services.drafting import StaleDraftError
from mentorship_cms.services.publishing import content_of, publish, publish_draft
from mentorship_cms.templatetags.mentorship_admin import listed
from tests import factories, lifecycle
from tests.factories import make_user
from tests.forms import form_data

pytestmark = pytest.mark.usefixtures("in_english")


def form_of(item):
    """The address of the item's form."""
    name = f"wagtailsnippets_mentorship_cms_{item._meta.model_name}:edit"
    return reverse(name, args=[item.pk])


def confirmation_of(item):
    """The address of the page that shows what publishing does."""
    kinds = {CompetencyFramework: "framework", RoleDescription: "role", RatingScale: "scale"}
    return reverse("mentorship_cms_admin:publish", args=[kinds[type(item)], item.pk])


def fresh(item):
    return type(item).objects.get(pk=item.pk)


def drafted(item, user=None, **texts):
    """Save a draft of the item with other texts; return it."""
    draft = fresh(item).get_latest_revision_as_object()
    for name, value in texts.items():
        setattr(draft, name, value)
    draft.save_revision(user=user, log_action="wagtail.edit")
    return fresh(item).get_latest_revision_as_object()


def without_first_competency(framework):
    """Save a draft without the first competency; return the competency and the draft."""
    draft = fresh(framework).get_latest_revision_as_object()
    area = draft.areas.all()[0]
    gone = area.competencies.all()[0]
    area.competencies.remove(gone)
    draft.areas.add(area)
    draft.save_revision()
    return gone, fresh(framework).get_latest_revision_as_object()


def text_of_messages(response):
    return " ".join(page_of(response).select_one(".messages").get_text(" ").split())


def page_of(response):
    return BeautifulSoup(response.content, "html.parser")


def text_of(response):
    return " ".join(page_of(response).select_one("main").get_text(" ").split())


@pytest.fixture
def english_editor(client, editor):
    """The editor, signed in, with the admin in English."""
    UserProfile.objects.update_or_create(user=editor, defaults={"preferred_language": "en"})
    client.force_login(editor)
    return editor


@pytest.fixture
def confirm(client, english_editor):
    """Open the confirmation of an item; returns the response and what its form would post."""

    def open_page(item):
        response = client.get(confirmation_of(item))
        assert response.status_code == 200
        return response, form_data(response, "form[data-publish]")

    return open_page


# -- From the form to the publication


def test_publish_in_the_form_saves_the_draft_and_shows_what_it_does(
    client, english_editor, framework
):
    data = form_data(client.get(form_of(framework)))
    data |= {"title": "Care at home", "change_note": "New title", "action-publish": "1"}
    response = client.post(form_of(framework), data)
    assert response.status_code == 302
    assert response["Location"] == confirmation_of(framework)
    assert framework.versions.count() == 1
    assert fresh(framework).has_unpublished_changes
    response = client.get(confirmation_of(framework))
    words = text_of(response)
    assert "1 general text reworded" in words
    assert "Publish version 2" in words
    assert page_of(response).select("ins") and page_of(response).select("del")
    assert page_of(response).select_one("[name=note]")["value"] == "New title"


def test_confirming_publishes_with_the_note_and_says_where_to_read_it(client, confirm, mentoring):
    page = FrameworkPage.objects.child_of(mentoring).first()
    framework = page.framework
    drafted(framework, title="Thuiszorg")
    _response, data = confirm(framework)
    response = client.post(
        confirmation_of(framework), data | {"note": "Met de ploeg besproken"}, follow=True
    )
    version = framework.versions.first()
    assert (version.number, version.note) == (2, "Met de ploeg besproken")
    assert version.published_by.username == "editor"
    assert framework.history.first().history_change_reason == "Met de ploeg besproken"
    shown = page_of(response)
    assert "Version 2 of “Thuiszorg” is published." in shown.select_one(".messages").get_text()
    assert shown.select(f".messages a[href='{page.url}']")
    assert "Thuiszorg" in Client().get(page.url).content.decode()
    framework = fresh(framework)
    assert (framework.has_unpublished_changes, framework.change_note) == (
        False,
        "Met de ploeg besproken",
    )


def test_remarks_are_about_what_the_draft_changes(confirm, framework):
    area = framework.areas.all()[0]
    old, new = area.competencies.all()
    old.criterion = new.criterion = ""
    area.competencies.add(old, new)
    framework.areas.add(area)
    publish(snippet=framework)
    page = text_of(confirm(framework)[0])
    assert "Without criterion" not in page
    area = framework.areas.all()[0]
    new = area.competencies.all()[1]
    new.title = "Another title"
    area.competencies.add(new)
    framework.areas.add(area)
    framework.save_revision()
    page = text_of(confirm(framework)[0])
    assert page.count("Without criterion") == 1
    assert "You can publish all the same." in page


def test_first_publication_goes_straight_through(client, english_editor, home):
    item = factories.role(locale=home.locale)
    item.live = False
    item.save()
    item.save_revision()
    data = form_data(client.get(form_of(item))) | {"action-publish": "1"}
    response = client.post(form_of(item), data)
    assert "/publish/" not in response["Location"]
    assert item.versions.count() == 1


@pytest.fixture
def schedule(client, english_editor):
    """Press "Schedule to publish" in the form of an item, with another title; returns the page."""

    def press(item, title="Care at home", days=2):
        data = form_data(client.get(form_of(item)))
        later = timezone.localtime() + timedelta(days=days)
        data |= {
            "title": title,
            "go_live_at": later.strftime("%Y-%m-%d %H:%M"),
            "action-publish": "1",
        }
        return client.post(form_of(item), data, follow=True)

    return press


def test_a_day_in_the_future_shows_what_it_does_before_it_is_scheduled(client, schedule, framework):
    response = schedule(framework)
    assert response.request["PATH_INFO"] == confirmation_of(framework)
    assert fresh(framework).scheduled_revision is None
    words = text_of(response)
    with translation.override("en"):
        date = date_format(localtime(response.context["day"]), "DATETIME_FORMAT")
    assert f"This is published on {date}." in words
    assert "1 general text reworded" in words
    button = page_of(response).select_one("form[data-publish] button").get_text(strip=True)
    assert button == f"Publish on {date}"
    # Nobody vouches today for what readers see later.
    assert not page_of(response).select("[name=confirmed]")
    data = form_data(response, "form[data-publish]") | {"note": "From March on", "confirmed": "on"}
    response = client.post(confirmation_of(framework), data, follow=True)
    assert f"“{framework}” will be published on {date}." in text_of_messages(response)
    framework = fresh(framework)
    assert framework.scheduled_revision.approved_go_live_at is not None
    assert (framework.title, framework.versions.count()) == ("Care assistant", 1)
    assert not UpkeepAct.objects.exists()
    logged = ModelLogEntry.objects.filter(action="wagtail.publish.schedule").get()
    assert (logged.object_id, logged.user.username) == (str(framework.pk), "editor")


def test_what_was_scheduled_is_published_on_its_day_with_the_note(client, schedule, framework):
    response = schedule(framework)
    data = form_data(response, "form[data-publish]") | {"note": "From March on"}
    client.post(confirmation_of(framework), data)
    Revision.objects.filter(approved_go_live_at__isnull=False).update(
        approved_go_live_at=timezone.now() - timedelta(minutes=1)
    )
    later = timezone.now() + timedelta(days=3)
    with mock.patch("django.utils.timezone.now", return_value=later):
        call_command("publish_scheduled")
    version = framework.versions.first()
    assert (version.number, version.note) == (2, "From March on")
    assert fresh(framework).title == "Care at home"


def test_what_waits_for_its_day_is_not_scheduled_twice(client, schedule, framework):
    response = schedule(framework)
    data = form_data(response, "form[data-publish]")
    client.post(confirmation_of(framework), data)
    response = client.get(confirmation_of(framework))
    assert not page_of(response).select("form[data-publish]")
    assert client.post(confirmation_of(framework), data).status_code == 200
    assert ModelLogEntry.objects.filter(action="wagtail.publish.schedule").count() == 1


@pytest.mark.parametrize("day", ["", "nonsense", "2027-03-01", "2027-03-01T10:00:00+00:00"])
def test_another_day_than_the_one_that_was_shown_schedules_nothing(
    client, schedule, framework, day
):
    data = form_data(schedule(framework), "form[data-publish]") | {"note": "Mine", "day": day}
    response = client.post(confirmation_of(framework), data)
    assert "The day of publication has changed" in text_of_messages(response)
    assert fresh(framework).scheduled_revision is None
    assert framework.versions.count() == 1
    data = form_data(response, "form[data-publish]")
    assert data["note"] == "Mine"
    client.post(confirmation_of(framework), data)
    assert fresh(framework).scheduled_revision is not None


def test_a_day_that_passed_meanwhile_is_told_before_anything_is_published(
    client, schedule, framework
):
    data = form_data(schedule(framework), "form[data-publish]")
    later = timezone.now() + timedelta(days=3)
    with mock.patch("mentorship_cms.services.publishing.timezone.now", return_value=later):
        response = client.post(confirmation_of(framework), data)
        assert framework.versions.count() == 1
        button = page_of(response).select_one("form[data-publish] button").get_text(strip=True)
        assert button == "Publish version 2"


def test_the_first_publication_is_scheduled_straight_away(client, schedule, home):
    item = factories.role(locale=home.locale)
    item.live = False
    item.save()
    item.save_revision()
    assert "/publish/" not in schedule(item).request["PATH_INFO"]
    assert fresh(item).scheduled_revision is not None


def test_a_rating_scale_is_scheduled_from_the_same_page(client, schedule, framework):
    scale = framework.rating_scale
    response = schedule(scale, title="How much help")
    assert response.request["PATH_INFO"] == confirmation_of(scale)
    client.post(confirmation_of(scale), form_data(response, "form[data-publish]"))
    assert fresh(scale).scheduled_revision is not None
    assert framework.versions.count() == 1


def test_who_approves_a_draft_is_led_to_what_it_changes(client, english_editor, framework):
    address = confirmation_of(framework)
    assert address not in client.get(form_of(framework)).content.decode()
    drafted(framework, title="Care at home")
    workflow = Workflow.objects.create(name="Check")
    task = GroupApprovalTask.objects.create(name="Read")
    task.groups.set(english_editor.groups.all())
    WorkflowTask.objects.create(workflow=workflow, task=task)
    workflow.start(fresh(framework), english_editor)
    page = page_of(client.get(form_of(framework)))
    assert page.select(f"a[href='{address}']")
    assert page.select("[data-workflow-action-name=approve]")
    assert "1 general text reworded" in text_of(client.get(address))


def test_an_incomplete_draft_stays_in_the_form(client, english_editor, framework):
    data = form_data(client.get(form_of(framework))) | {"title": "", "action-publish": "1"}
    response = client.post(form_of(framework), data)
    assert response.status_code == 200
    assert not fresh(framework).has_unpublished_changes


def test_autosave_keeps_its_answer(client, english_editor, framework):
    data = form_data(client.get(form_of(framework))) | {"title": "Care at home"}
    response = client.post(form_of(framework), data, headers={"accept": "application/json"})
    assert response.status_code == 200
    assert response.json()["success"]


def test_whoever_goes_back_to_a_draft_sees_what_that_does(client, english_editor, framework):
    first = framework.latest_revision
    publish(snippet=drafted(framework, title="Care at home"))
    address = reverse(
        "wagtailsnippets_mentorship_cms_competencyframework:revisions_revert",
        args=[framework.pk, first.pk],
    )
    data = form_data(client.get(address)) | {"action-publish": "1"}
    response = client.post(address, data, follow=True)
    assert response.request["PATH_INFO"] == confirmation_of(framework)
    client.post(confirmation_of(framework), form_data(response, "form[data-publish]"))
    versions = list(framework.versions.order_by("number"))
    assert len(versions) == 3
    assert versions[2].digest == versions[0].digest


def test_hooks_of_the_host_run_around_the_publication(client, confirm, framework):
    calls = []
    drafted(framework, title="Care at home")
    _response, data = confirm(framework)
    with hooks.register_temporarily(
        [
            ("before_publish", lambda request, item: calls.append(("before", item.title))),
            ("after_publish", lambda request, item: calls.append(("after", item.live))),
        ]
    ):
        client.post(confirmation_of(framework), data)
    assert calls == [("before", "Care at home"), ("after", True)]


# -- Only what was seen


def test_a_draft_that_moved_on_is_shown_and_not_published(client, confirm, framework, editor):
    drafted(framework, title="Care at home")
    _response, data = confirm(framework)
    drafted(framework, title="Care at night")
    response = client.post(confirmation_of(framework), data | {"note": "What I typed"})
    assert response.status_code == 200
    assert framework.versions.count() == 1
    words = text_of(response)
    assert "The draft has changed since you looked at it." in response.content.decode()
    assert "night" in words
    data = form_data(response, "form[data-publish]")
    assert data["note"] == "What I typed"
    client.post(confirmation_of(framework), data)
    assert fresh(framework).title == "Care at night"


def test_an_autosave_over_the_same_draft_is_noticed(client, confirm, framework, editor):
    drafted(framework, editor, title="Care at home")
    _response, data = confirm(framework)
    revision = fresh(framework).latest_revision
    draft = fresh(framework).get_latest_revision_as_object()
    draft.title = "Typed in another tab"
    draft.save_revision(user=editor, overwrite_revision=revision)
    assert fresh(framework).latest_revision_id == revision.pk
    client.post(confirmation_of(framework), data)
    assert framework.versions.count() == 1


@pytest.mark.parametrize("posted", [{}, {"revision": "x", "digest": ""}, {"revision": "0"}])
def test_a_form_that_names_no_draft_publishes_nothing(client, confirm, framework, posted):
    drafted(framework, title="Care at home")
    confirm(framework)
    response = client.post(confirmation_of(framework), posted)
    assert response.status_code == 200
    assert framework.versions.count() == 1


def test_a_note_that_is_too_long_is_told_and_kept(client, confirm, framework):
    drafted(framework, title="Care at home")
    _response, data = confirm(framework)
    response = client.post(confirmation_of(framework), data | {"note": "x" * 300})
    assert response.status_code == 200
    shown = page_of(response).select_one("[name=note]")
    assert shown["value"] == "x" * 300
    assert "255" in text_of(response)
    assert framework.versions.count() == 1


def test_nothing_is_published_by_opening_the_page(client, confirm, framework):
    drafted(framework, title="Care at home")
    confirm(framework)
    client.head(confirmation_of(framework))
    assert framework.versions.count() == 1


def test_nothing_changed_is_said(confirm, framework):
    response, _data = confirm(framework)
    words = text_of(response)
    assert "Nothing: the draft says what readers see already." in words
    assert "Publish all the same" in words


def test_what_is_offline_can_be_shown_again(client, confirm, framework):
    framework.unpublish()
    response, data = confirm(framework)
    assert "It is offline now; publishing shows it again." in text_of(response)
    client.post(confirmation_of(framework), data)
    assert fresh(framework).live
    assert framework.versions.count() == 1


def test_an_incomplete_draft_is_not_published_from_this_page(client, confirm, framework):
    draft = fresh(framework).get_latest_revision_as_object()
    area = draft.areas.all()[0]
    competency = area.competencies.all()[0]
    competency.title = ""
    area.competencies.add(competency)
    draft.areas.add(area)
    draft.save_revision(clean=False)
    response = client.get(confirmation_of(framework))
    assert "This draft is not complete yet." in text_of(response)
    assert not page_of(response).select("form[data-publish]")
    draft = fresh(framework).get_latest_revision_as_object()
    with translation.override("en"), pytest.raises(ValidationError, match="not complete"):
        publish_draft(
            item=framework,
            user=make_user("root", is_superuser=True),
            revision_id=draft.latest_revision_id,
            digest=content_of(draft).digest(),
            note="",
        )
    assert framework.versions.count() == 1


# -- Rights, locks, workflow


def test_changing_without_the_right_to_publish_is_not_enough(client, framework):
    person = make_user("writer")
    for codename in ("access_admin", "change_competencyframework"):
        person.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(person)
    draft = drafted(framework, title="Care at home")
    data = {"revision": draft.latest_revision_id, "digest": content_of(draft).digest()}
    for response in (
        client.get(confirmation_of(framework)),
        client.post(confirmation_of(framework), data),
    ):
        assert response.url == reverse("wagtailadmin_home")
    with pytest.raises(PermissionDenied):
        publish_draft(
            item=framework,
            user=person,
            revision_id=data["revision"],
            digest=data["digest"],
            note="",
        )
    assert framework.versions.count() == 1


def test_what_somebody_else_locked_is_not_published(client, confirm, framework, administrator):
    draft = drafted(framework, title="Care at home")
    _response, data = confirm(framework)
    type(framework).objects.filter(pk=framework.pk).update(
        locked=True, locked_by=administrator, locked_at=timezone.now()
    )
    response = client.get(confirmation_of(framework))
    assert not page_of(response).select("form[data-publish]")
    assert "locked" in text_of(response)
    response = client.post(confirmation_of(framework), data)
    assert response.status_code == 200
    assert framework.versions.count() == 1
    assert draft.pk


def test_publishing_ends_a_workflow_as_in_wagtail(client, confirm, framework, administrator):
    drafted(framework, title="Care at home")
    workflow = Workflow.objects.create(name="Check")
    WorkflowTask.objects.create(workflow=workflow, task=Task.objects.create(name="Read"))
    workflow.start(fresh(framework), administrator)
    client.force_login(administrator)
    UserProfile.objects.update_or_create(user=administrator, defaults={"preferred_language": "en"})
    response = client.get(confirmation_of(framework))
    client.post(confirmation_of(framework), form_data(response, "form[data-publish]"))
    assert framework.versions.count() == 2
    assert fresh(framework).current_workflow_state is None


def test_confirming_the_whole_text_is_an_act_of_upkeep(client, confirm, framework, editor):
    drafted(framework, title="Care at home")
    _response, data = confirm(framework)
    client.post(confirmation_of(framework), data | {"confirmed": "on"})
    act = UpkeepAct.objects.get(upkeep__object_id=str(framework.pk), kind="confirmed")
    assert act.by == editor
    drafted(framework, title="Care at night")
    _response, data = confirm(framework)
    client.post(confirmation_of(framework), data)
    assert UpkeepAct.objects.filter(kind="confirmed").count() == 1


# -- What depends on it


def test_evaluations_are_counted_by_what_happens_to_them(framework, coordinator):
    first, second, third = (
        lifecycle.cast(framework, coordinator, prefix=prefix) for prefix in ("a-", "b-", "c-")
    )
    lifecycle.closed(first, kind=EvaluationKind.START)
    publish(snippet=drafted(framework, title="Care at home"))
    lifecycle.signed(first, kind=EvaluationKind.INTERIM)
    lifecycle.started(second)
    lifecycle.shared(third)
    third.mentorship.refresh_from_db()
    found = dependants_of(framework)
    assert (found.running, found.signed, found.signed_versions) == (3, 2, (1, 2))
    assert (found.movable, found.fixed) == (1, 1)


def test_an_ended_mentorship_runs_no_more_and_another_framework_does_not_count(
    framework, coordinator, home
):
    cast = lifecycle.cast(framework, coordinator)
    lifecycle.closed(cast)
    type(cast.mentorship).objects.filter(pk=cast.mentorship.pk).update(ended_at=timezone.now())
    assert dependants_of(framework).running == 0
    assert dependants_of(framework).signed == 1
    other = factories.published_framework(locale=home.locale, title="Other")
    assert not dependants_of(other)


def test_roles_rest_on_no_evaluation(role, framework, coordinator):
    lifecycle.closed(lifecycle.cast(framework, coordinator))
    assert not dependants_of(role)


def test_a_scale_counts_through_its_frameworks(framework, coordinator):
    lifecycle.closed(lifecycle.cast(framework, coordinator))
    found = dependants_of(framework.rating_scale)
    assert (found.running, found.signed, found.signed_versions) == (1, 1, ())


def test_frameworks_of_a_scale_are_those_that_publishing_it_freezes(mentoring):
    for scale in RatingScale.objects.filter(live=True):
        before = set(FrameworkVersion.objects.values_list("pk", flat=True))
        expected = {framework.pk for framework in frameworks_of(scale)}
        publish(snippet=drafted(scale, description="Other words"))
        made = FrameworkVersion.objects.exclude(pk__in=before)
        assert {version.framework_id for version in made} == expected
        assert expected


def test_what_is_said_of_a_scale(client, confirm, framework):
    draft = fresh(framework.rating_scale).get_latest_revision_as_object()
    level = draft.levels.all()[0]
    level.label = "With a little help"
    draft.levels.add(level)
    draft.save_revision()
    response, data = confirm(framework.rating_scale)
    words = text_of(response)
    assert "1 level reworded" in words
    assert "1 framework gets a new version whenever this scale changes: Care assistant" in words
    assert "confirmed" not in data
    client.post(confirmation_of(framework.rating_scale), data | {"note": "Clearer"})
    version = framework.versions.first()
    assert (version.number, version.note) == (2, "Clearer")


def test_pages_and_translations_are_named(confirm, mentoring):
    page = FrameworkPage.objects.child_of(mentoring).first()
    _gone, _draft = without_first_competency(page.framework)
    draft = fresh(page.framework).get_latest_revision_as_object()
    area = draft.areas.all()[0]
    competency = area.competencies.all()[0]
    competency.title = "Heel andere woorden"
    area.competencies.add(competency)
    draft.areas.add(area)
    draft.save_revision()
    response, _data = confirm(page.framework)
    words = text_of(response)
    assert "Shown on 1 page" in words
    assert page_of(response).select(f"#dependants a[href='{page.url}'], a[href='{page.url}']")
    assert "part will be behind" in words or "parts will be behind" in words


def test_a_page_of_an_editor_names_nobody(confirm, framework, coordinator):
    cast = lifecycle.cast(framework, coordinator)
    evaluation = lifecycle.closed(cast)
    drafted(framework, title="Care at home")
    response, _data = confirm(framework)
    words = response.content.decode()
    assert "1 mentorship is running on it." in text_of(response)
    assert "1 signed evaluation keeps the words it was signed on. Signed on version 1." in text_of(
        response
    )
    for secret in (
        cast.mentee.get_full_name(),
        cast.mentor.get_full_name(),
        cast.mentee.username + "-",
        str(evaluation.public_id),
        str(cast.mentorship.public_id),
    ):
        assert secret not in words


def test_the_form_tells_what_depends_on_an_item(client, english_editor, framework, coordinator):
    lifecycle.cast(framework, coordinator)
    words = client.get(form_of(framework)).content.decode()
    assert "What depends on it" in words
    assert "1 mentorship is running on it." in words


def test_nothing_depends_on_it_is_said(client, english_editor, role):
    words = client.get(form_of(role)).content.decode()
    assert "Nothing depends on it" in words


def test_counting_costs_the_same_for_many(framework, coordinator):
    def cost():
        draft = fresh(framework).get_latest_revision_as_object()
        content = content_of(draft)
        with CaptureQueriesContext(connection) as queries:
            consequences_of(fresh(framework), content)
            dependants_of(framework)
        return len(queries)

    for number in range(2):
        lifecycle.signed(lifecycle.cast(framework, coordinator, prefix=f"{number}-"))
    without_first_competency(framework)
    few = cost()
    for number in range(2, 8):
        lifecycle.signed(lifecycle.cast(framework, coordinator, prefix=f"{number}-"))
        publish(snippet=drafted(framework, title=f"Title {number}"))
    without_first_competency(framework)
    assert cost() <= few
    with CaptureQueriesContext(connection) as queries:
        dependants_of(framework)
    assert len(queries) == 2


# -- A competency that was rated can go


def test_removing_a_rated_competency_is_explained_and_loses_nothing(
    client, confirm, framework, coordinator
):
    cast = lifecycle.cast(framework, coordinator)
    evaluation = lifecycle.closed(cast)
    gone, _draft = without_first_competency(framework)
    before = list(Rating.objects.order_by("pk").values())
    response, data = confirm(framework)
    words = text_of(response)
    assert "Competencies that go" in words
    assert "Competency A1 – 2 ratings keep its words" in words.replace("A1 Comp", "Comp")
    client.post(confirmation_of(framework), data)

    assert not Competency.objects.filter(key=gone.key).exists()
    assert str(gone.key) not in {
        item.key for item in framework.versions.first().content.competencies
    }
    assert list(Rating.objects.order_by("pk").values()) == before
    rating = Rating.objects.filter(competency__key=gone.key).first()
    assert rating.competency.title == "Competency A1"
    assert rating.competency.criterion == "Shows A1 in a real situation."
    for name, arguments in (
        ("evaluation", [evaluation.public_id]),
        ("progress", [cast.mentorship.public_id]),
    ):
        person = Client()
        person.force_login(cast.mentee)
        page = person.get(reverse(f"mentorship_cms:{name}", args=arguments))
        assert page.status_code == 200
        assert "Competency A1" in page.content.decode()


def test_removing_a_competency_that_was_never_rated_says_so(confirm, framework):
    without_first_competency(framework)
    response, _data = confirm(framework)
    assert "never rated" in text_of(response)


def test_stale_is_a_sort_of_bad_input(framework, administrator):
    draft = drafted(framework, title="Care at home")
    with pytest.raises(StaleDraftError):
        publish_draft(
            item=framework,
            user=administrator,
            revision_id=draft.latest_revision_id,
            digest="0" * 64,
            note="",
        )


def tells_what_depends(text):
    """Whether a text is the heading of the panel, in whichever language forms were made first."""
    return text.strip() in ("What depends on it", "Wat ervan afhangt", "Ce qui en dépend")


def test_what_depends_on_an_item_stands_before_its_texts(client, english_editor, framework, role):
    for item in (framework, role, framework.rating_scale):
        panels = page_of(client.get(form_of(item))).select("main section.w-panel")
        ours = next(
            place for place, panel in enumerate(panels) if panel.find(string=tells_what_depends)
        )
        ids = [panel["id"] for panel in panels]
        assert ours < ids.index("panel-title-section")


def test_versions_and_pages_are_listed_as_in_a_sentence():
    assert [listed(range(1, count)) for count in (1, 2, 3, 4)] == ["", "1", "1 and 2", "1, 2 and 3"]
    for language, expected in (("nl", "1, 2 en 3"), ("fr", "1, 2 et 3")):
        with translation.override(language):
            assert listed([1, 2, 3]) == expected


def test_a_removed_competency_is_one_line(client, confirm, framework):
    gone, _draft = without_first_competency(framework)
    response, _data = confirm(framework)
    (line,) = page_of(response).select_one("#removed-section, [id*=removed]").select("li")
    assert " ".join(line.get_text().split()) == f"Competency A1 {gone.title} – never rated"


def test_languages_have_one_name_and_nothing_is_behind_when_nothing_changes(
    client, confirm, framework
):
    french = Locale.objects.get(language_code="fr")
    translation_of = framework.copy_for_translation(french)
    translation_of.save()
    drafted(framework)
    assert "will be behind" not in text_of(confirm(framework)[0])
    drafted(framework, introduction="In other words.")
    assert "French: 7 parts will be behind." in text_of(confirm(framework)[0])


@pytest.mark.parametrize("name", ["competencyframework", "roledescription", "ratingscale"])
def test_lists_scroll_within_the_page(client, english_editor, framework, name):
    address = reverse(f"wagtailsnippets_mentorship_cms_{name}:list")
    for path in (address, address + "results/", reverse("mentorship_cms_admin:upkeep_report")):
        table = page_of(client.get(path)).select_one("table.listing")
        assert table.parent["role"] == "region" and table.parent["tabindex"] == "0"
        assert table.parent["aria-label"]
