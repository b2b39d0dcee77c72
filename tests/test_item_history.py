"""The history of an item: one line per act, in order, whatever path wrote it."""

import datetime

import pytest
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from wagtail.log_actions import LogContext
from wagtail.models import ModelLogEntry, Task, Workflow, WorkflowTask
from wagtail.users.models import UserProfile

from mentorship_cms.choices import FlagState, UpkeepActKind
from mentorship_cms.models import (
    CompetencyFramework,
    Flag,
    FrameworkPage,
    RatingScale,
    RoleDescription,
    TranslationMark,
    UpkeepAct,
)
from mentorship_cms.services import upkeep
from mentorship_cms.services.item_history import ActKind, history_of
from mentorship_cms.services.publishing import publish, publish_draft
from mentorship_cms.services.upkeep import upkeep_of
from tests import factories, lifecycle
from tests.factories import make_user
from tests.forms import form_data, publish_from_form

pytestmark = pytest.mark.usefixtures("in_english")


def url(item, view, *args):
    """The admin address of a view of an item."""
    name = f"wagtailsnippets_mentorship_cms_{item._meta.model_name}:{view}"
    return reverse(name, args=[item.pk, *args])


def fresh(item):
    return type(item).objects.get(pk=item.pk)


def reworded(item, title):
    """The latest draft of the item with another title, in memory."""
    draft = fresh(item).get_latest_revision_as_object()
    draft.title = title
    return draft


def told(acts):
    """What happened, newest first: kind, actions of Wagtail, numbers of the versions."""
    return [(act.kind, act.actions, [version.number for version in act.versions]) for act in acts]


class Shown:
    """The history as the page shows it."""

    def __init__(self, client, item, query=""):
        response = client.get(url(item, "history") + query)
        assert response.status_code == 200
        self.response = response
        self.soup = BeautifulSoup(response.content, "html.parser")
        self.rows = self.soup.select("#listing-results tbody tr")

    @property
    def lines(self):
        return [row.select_one("td").get_text(" ", strip=True) for row in self.rows]

    @property
    def phrases(self):
        """The first sentence of each line."""
        return [next(row.select_one(".mentorship-act__what").stripped_strings) for row in self.rows]

    @property
    def people(self):
        return [row.select("td")[1].get_text(" ", strip=True) for row in self.rows]

    def links(self, place):
        return {a.get_text(strip=True): a["href"] for a in self.rows[place].select("a")}


@pytest.fixture
def shown(client, editor):
    """Open the history of an item as the editor, in English."""
    UserProfile.objects.update_or_create(user=editor, defaults={"preferred_language": "en"})

    def show(item, query=""):
        client.force_login(editor)
        return Shown(client, item, query)

    return show


@pytest.fixture
def edith(db):
    return make_user("edith", first_name="Edith", last_name="Wilson")


# -- Each path that writes


def test_first_publication_by_a_service_is_one_line(framework, shown):
    acts = history_of(framework).acts
    assert told(acts) == [(ActKind.PUBLICATIONS, ("wagtail.create", "wagtail.publish"), [1])]
    history = shown(framework)
    assert history.phrases == ["Version 1 published"]
    assert "Created" in history.lines[0]
    assert "First version" in history.lines[0]
    assert history.people == ["System"]


def test_publication_in_the_admin_is_one_line_with_the_person(client, shown, editor, mentoring):
    item = RoleDescription.objects.get(locale=mentoring.locale, role="mentor")
    before = len(history_of(item).acts)
    client.force_login(editor)
    data = form_data(client.get(url(item, "edit")))
    data |= {"summary": "Begeleidt", "change_note": "Korter"}
    client.post(url(item, "edit"), data)
    publish_from_form(client, url(item, "edit"), data)
    history = shown(item)
    assert history.phrases[:2] == ["Version 2 published", "2 drafts saved"]
    assert len(history.lines) == before + 2
    assert history.people[:2] == ["Edith Editor"] * 2
    assert "1 general text reworded" in history.lines[0]
    assert "Korter" in history.lines[0]


def test_setup_command_made_one_line_for_each_item(mentoring):
    for model in (CompetencyFramework, RatingScale, RoleDescription):
        for item in model.objects.all():
            (act,) = history_of(item).acts
            assert act.actions == ("wagtail.create", "wagtail.publish")
            assert act.note


def test_import_by_a_plain_service_call_is_one_line_even_within_a_request(framework, edith):
    draft = reworded(framework, "Care at home")
    with LogContext(user=edith):
        publish(snippet=draft, user=edith, note="Imported")
    first, _created = history_of(framework).acts
    assert told([first])[0][::2] == (ActKind.PUBLICATIONS, [2])
    assert (first.user_id, first.note) == (edith.pk, "Imported")


def test_scheduled_publication_is_one_line_with_who_scheduled_it(framework, edith, shown):
    draft = reworded(framework, "Care at home")
    draft.go_live_at = timezone.now() + datetime.timedelta(days=1)
    with LogContext(user=edith):
        revision = draft.save_revision(user=edith, log_action=True)
        revision.publish(user=edith, skip_permission_checks=True)
    assert shown(framework).phrases[0].startswith("Publication scheduled for ")
    past = timezone.now() - datetime.timedelta(hours=1)
    revision.refresh_from_db()
    revision.approved_go_live_at = past
    revision.content["go_live_at"] = past.isoformat()
    revision.save()
    call_command("publish_scheduled")
    history = shown(framework)
    assert history.phrases[0] == "Version 2 published, as was scheduled"
    assert history.people[0] == "Edith Wilson"
    assert len(history.lines) == 3


def test_scheduled_publication_can_be_cancelled_from_its_line(framework, edith, shown):
    draft = reworded(framework, "Care at home")
    draft.go_live_at = timezone.now() + datetime.timedelta(days=1)
    with LogContext(user=edith):
        revision = draft.save_revision(user=edith, log_action=True)
        revision.publish(user=edith, skip_permission_checks=True)
    address = shown(framework).links(0)["Cancel the scheduled publication"]
    assert address == url(framework, "revisions_unschedule", revision.pk)


def test_publication_without_a_person_or_a_log_context_is_one_line(framework):
    reworded(framework, "Care at home").save_revision().publish()
    acts = history_of(framework).acts
    assert [[version.number for version in act.versions] for act in acts] == [[2], [1]]


def test_publication_that_is_not_logged_is_told_by_its_version(framework, shown):
    reworded(framework, "Care at home").save_revision().publish(log_action=False)
    history = shown(framework)
    assert history.phrases == ["Version 2 published", "Version 1 published"]


def test_taking_offline_and_its_ledger_row_are_one_line(framework, shown):
    framework.unpublish()
    history = shown(framework)
    assert history.phrases == ["Unpublished", "Version 1 published"]
    assert "First version" not in history.lines[0]


def test_expiry_is_one_line(framework):
    type(framework).objects.filter(pk=framework.pk).update(
        expire_at=timezone.now() - datetime.timedelta(hours=1)
    )
    call_command("publish_scheduled")
    newest, _first = history_of(framework).acts
    assert newest.actions == ("wagtail.unpublish.scheduled",)


def test_many_items_in_one_change_set_have_a_line_each(home, framework, role, edith):
    """Wagtail's own history shows only the last of them."""
    with LogContext(user=edith):
        for item in (framework, role):
            revision = reworded(item, "Anew").save_revision(user=edith, log_action=True)
            revision.publish(user=edith, skip_permission_checks=True)
    for item in (framework, role):
        newest, first = history_of(item).acts
        assert ([version.number for version in newest.versions], newest.user_id) == (
            [2],
            edith.pk,
        )


def test_version_by_a_publication_of_the_scale_is_a_line_of_its_own(framework, edith, shown):
    scale = fresh(framework.rating_scale)
    level = scale.levels.all()[0]
    level.label = "With a little help"
    scale.levels.add(level)
    publish(snippet=scale, user=edith, note="Clearer level")
    history = shown(framework)
    assert history.phrases[0] == "Version 2, by a publication of the rating scale"
    assert "1 level reworded" in history.lines[0]
    assert "Clearer level" in history.lines[0]
    assert history.people[0] == "Edith Wilson"
    scales = shown(scale)
    assert scales.phrases == ["Published", "Published"]
    assert "Clearer level" in scales.lines[0]


def test_row_that_code_changed_past_the_editor_is_a_line(framework, shown):
    item = fresh(framework)
    item.title = "Changed by a script"
    item.save()
    assert shown(framework).phrases[0] == "Changed outside the editor"


def test_publishing_the_same_words_again_says_so(framework, shown):
    publish(snippet=reworded(framework, framework.title), note="Nothing new")
    assert shown(framework).phrases[0] == "Published again; the text is that of version 1"


def test_one_revision_published_twice_is_two_lines_with_their_own_versions(framework):
    first = framework.latest_revision
    publish(snippet=reworded(framework, "Care at home"))
    first.publish()
    acts = history_of(framework).acts
    assert [[version.number for version in act.versions] for act in acts] == [[3], [2], [1]]


def test_lock_and_workflow_are_lines(client, framework, administrator, shown):
    client.force_login(administrator)
    client.post(url(framework, "lock"))
    client.post(url(framework, "unlock"))
    workflow = Workflow.objects.create(name="Check")
    WorkflowTask.objects.create(workflow=workflow, task=Task.objects.create(name="Read"))
    workflow.start(fresh(framework), administrator)
    history = shown(framework)
    assert history.phrases[1:3] == ["Unlocked", "Locked"]
    assert "Check" in history.phrases[0]
    assert [act.kind for act in history_of(framework).acts[:3]] == [ActKind.OTHER] * 3


# -- Drafts


def saved(item, user, title):
    """Save a draft as the admin does, in a change set of its own."""
    with LogContext(user=user):
        return reworded(item, title).save_revision(user=user, log_action="wagtail.edit")


def test_drafts_that_one_person_saved_in_a_row_are_one_line(framework, edith, shown):
    revisions = [saved(framework, edith, f"Title {number}") for number in range(4)]
    history = shown(framework)
    assert history.phrases == ["4 drafts saved", "Version 1 published"]
    links = history.links(0)
    assert links["Compare with the draft before"] == url(
        framework,
        "revisions_compare",
        fresh(framework).live_revision_id,
        revisions[-1].pk,
    )
    saves = history.rows[0].select(".mentorship-act__saves a")
    assert [a["href"] for a in saves] == [
        url(framework, "revisions_view", revision.pk) for revision in reversed(revisions)
    ]
    assert "Current draft" in history.lines[0]


def test_a_publication_or_another_person_parts_the_drafts(framework, edith, editor):
    saved(framework, edith, "One")
    saved(framework, editor, "Two")
    saved(framework, edith, "Three")
    with LogContext(user=edith):
        fresh(framework).latest_revision.publish(user=edith, skip_permission_checks=True)
    saved(framework, edith, "Four")
    saved(framework, edith, "Five")
    acts = history_of(framework).acts
    assert [(act.kind, len(act.saves)) for act in acts[:-1]] == [
        (ActKind.DRAFTS, 2),
        (ActKind.PUBLICATIONS, 0),
        (ActKind.DRAFTS, 1),
        (ActKind.DRAFTS, 1),
        (ActKind.DRAFTS, 1),
    ]


def test_autosaves_of_one_draft_are_one_draft(framework, edith):
    revision = saved(framework, edith, "Title")
    for number in range(3):
        with LogContext(user=edith):
            reworded(framework, f"Title {number}").save_revision(
                user=edith, log_action="wagtail.edit", overwrite_revision=revision
            )
            revision.refresh_from_db()
    newest, _first = history_of(framework).acts
    assert [save.revision_id for save in newest.saves] == [revision.pk]


def test_going_back_to_a_draft_names_it_and_leads_there(client, framework, administrator, shown):
    first = framework.latest_revision
    publish(snippet=reworded(framework, "Care at home"))
    history = shown(framework)
    address = history.links(1)["Review this draft"]
    client.force_login(administrator)
    client.post(address, form_data(client.get(address)))
    history = shown(framework)
    assert history.phrases[0].startswith("Back to the draft of ")
    comparison = client.get(history.links(0)["Compare with the draft before"])
    assert comparison.status_code == 200
    assert url(framework, "history") in comparison.content.decode()
    assert first.pk


def test_a_draft_that_wagtail_threw_away_has_no_links(framework, edith, shown):
    revision = saved(framework, edith, "One")
    saved(framework, edith, "Two")
    revision.delete()
    history = shown(framework)
    assert history.phrases[0] == "2 drafts saved"
    assert len(history.rows[0].select(".mentorship-act__saves a")) == 1


# -- What a line says and where it leads


def test_a_line_leads_readers_to_the_version_and_its_difference(client, mentoring, shown):
    page = FrameworkPage.objects.child_of(mentoring).first()
    publish(snippet=reworded(page.framework, "Anders"), note="Nieuwe titel")
    links = shown(page.framework).links(0)
    for words, path in (
        ("Version 2, as readers see it", "versions/2/"),
        ("What changed since version 1", "changes/1-2/"),
    ):
        assert links[words] == page.url + path
        assert client.get(links[words]).status_code == 200


def test_upkeep_answers_and_marks_come_between_in_their_order(framework, edith, shown):
    begun = timezone.now()
    later = [begun + datetime.timedelta(minutes=number) for number in range(1, 6)]
    kept = upkeep_of(framework)
    for at, kind, remark, owner in (
        (later[0], UpkeepActKind.CONFIRMED, "Read it all", ""),
        (later[1], UpkeepActKind.POSTPONED, "After the holidays", ""),
        (later[2], UpkeepActKind.DELEGATED, "", "Rana Reader"),
    ):
        UpkeepAct.objects.create(
            upkeep=kept,
            kind=kind,
            at=at,
            by=edith,
            by_name="Edith Wilson",
            remark=remark,
            due_on=datetime.date(2030, 3, 3),
            owner_name=owner,
        )
    Flag.objects.create(
        framework=framework,
        part_key=framework.content().competencies[0].key,
        part_name="Competency A1",
        version_number=1,
        sentence="What is a real situation?",
        created_at=begun,
        state=FlagState.ANSWERED,
        answer="At the bedside",
        answered_by=edith,
        answered_by_name="Edith Wilson",
        answered_at=later[3],
    )
    Flag.objects.create(
        framework=framework,
        part_key=framework.content().competencies[1].key,
        part_name="Competency A2",
        version_number=1,
        sentence="Still open",
        created_at=begun,
    )
    TranslationMark.objects.create(
        framework=framework, source_number=7, at=later[4], by=edith, by_name="Edith Wilson"
    )
    history = shown(framework)
    assert history.phrases[:5] == [
        "Said to be in line with version 7 of the source",
        "Question about “Competency A1” answered",
        "Handed over to Rana Reader",
        "Check postponed until 3 March 2030",
        "Confirmed as still correct; next check by 3 March 2030",
    ]
    assert history.phrases[-1] == "Version 1 published"
    assert set(history.people[:5]) == {"Edith Wilson"}
    for place, words in ((1, "What is a real situation? At the bedside"), (4, "Read it all")):
        assert words in history.lines[place]
    assert "Still open" not in history.soup.get_text()
    assert shown(framework, "?kind=upkeep").phrases == history.phrases[2:5]
    assert shown(framework, "?kind=questions").phrases == history.phrases[1:2]
    assert shown(framework, "?kind=other").phrases == history.phrases[:1]


def test_an_act_of_upkeep_is_one_line_though_wagtails_log_has_it_too(framework, edith, shown):
    upkeep.confirm(item=framework, user=edith, remark="Read it all")
    logged = ModelLogEntry.objects.get(action="mentorship_cms.upkeep.confirmed")
    assert (logged.object_id, logged.user) == (str(framework.pk), edith)
    history = shown(framework)
    assert len(history.phrases) == 2
    assert history.phrases[0].startswith("Confirmed as still correct; next check by")
    assert history.lines[0].count("Read it all") == 1
    assert shown(framework, "?kind=upkeep").phrases == history.phrases[:1]


def test_a_publication_that_confirms_is_two_lines(client, framework, editor, shown):
    draft = reworded(framework, "Care at home")
    draft.save_revision()
    publish_draft(
        item=framework,
        user=editor,
        revision_id=fresh(framework).latest_revision_id,
        digest=draft.content().digest(),
        note="",
        confirmed=True,
    )
    phrases = shown(framework).phrases
    assert phrases[0].startswith("Confirmed as still correct")
    assert phrases[1:] == ["Version 2 published", "Version 1 published"]


def test_a_name_outlives_the_account(framework, edith, shown):
    publish(snippet=reworded(framework, "Care at home"), user=edith)
    edith.delete()
    history = shown(framework)
    assert history.people[0] == "Edith Wilson"


def test_words_of_people_are_not_taken_for_markup(framework, edith, shown):
    edith.first_name = "<b>Edith</b>"
    edith.save()
    publish(snippet=reworded(framework, "<i>A</i>"), user=edith, note="<script>x</script>")
    row = shown(framework).rows[0]
    assert not row.select("script, b, i")
    assert "<script>x</script>" in row.get_text()


# -- Filter, pages, cost


def test_filters_by_kind_person_and_date(framework, edith, editor, shown):
    saved(framework, edith, "One")
    saved(framework, editor, "Two")
    publish(snippet=reworded(framework, "Three"), user=edith)
    assert shown(framework, "?kind=drafts").phrases == ["Draft saved"] * 2
    both = shown(framework, "?kind=drafts&kind=publications").phrases
    assert both == shown(framework).phrases
    assert shown(framework, f"?user={edith.pk}").phrases == ["Version 2 published", "Draft saved"]
    assert shown(framework, f"?user={edith.pk}&kind=drafts").phrases == ["Draft saved"]
    today = timezone.localdate()
    assert len(shown(framework, f"?timestamp_from={today}").lines) == 4
    tomorrow = today + datetime.timedelta(days=1)
    nothing = shown(framework, f"?timestamp_from={tomorrow}")
    assert nothing.lines == []
    assert "Nothing of that kind" in nothing.response.content.decode()


@pytest.mark.parametrize("query", ["?kind=nonsense", "?user=x", "?timestamp_from=x", "?p=99"])
def test_an_odd_address_is_no_error(framework, shown, query):
    assert shown(framework, query).lines


def test_an_item_without_history_says_so(home, shown):
    item = factories.scale(locale=home.locale)
    item.live = False
    item.save()
    assert "Nothing has happened to this item yet." in shown(item).response.content.decode()


def test_results_alone_are_given_for_the_filters(client, framework, shown):
    shown(framework)
    response = client.get(url(framework, "history_results") + "?kind=drafts")
    assert response.status_code == 200
    assert b"<html" not in response.content


def versions_of(item, user, count):
    for number in range(count):
        saved(item, user, f"Title {number}")
        publish(snippet=reworded(item, f"Title {number}"), user=user, note=f"Note {number}")


def test_many_versions_are_read_by_pages_and_cost_no_more(client, framework, edith, editor, shown):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url(framework, "history")).status_code == 200
        return len(queries)

    versions_of(framework, edith, 5)
    shown(framework)
    few = cost()
    versions_of(framework, editor, 25)
    assert cost() <= few <= 20
    history, second = shown(framework), shown(framework, "?p=2")
    assert len(history.rows) == 20
    assert len(second.rows) == 20
    told = [words for words in (*history.phrases, *second.phrases) if words != "Draft saved"]
    assert told == [f"Version {number} published" for number in range(31, 11, -1)]


def test_history_holds_nothing_of_evaluations(client, framework, coordinator, shown):
    cast = lifecycle.cast(framework, coordinator)
    evaluation = lifecycle.closed(cast)
    history = shown(framework)
    page = history.response.content.decode()
    for words in (
        cast.mentee.get_full_name(),
        cast.mentor.get_full_name(),
        str(evaluation.public_id),
        str(cast.mentorship.public_id),
        "Grows steadily",
    ):
        assert words not in page
    assert history.phrases == ["Version 1 published"]
