"""Who keeps an item current, until when it is confirmed, and what readers are told of it."""

import importlib
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client, override_settings
from django.utils import timezone
from django.utils.formats import date_format
from wagtail.models import GroupPagePermission, Page

from mentorship_cms.choices import UpkeepActKind
from mentorship_cms.models import (
    CompetencyFramework,
    FrameworkPage,
    MentoringProjectPage,
    RoleDescription,
    RolePage,
    Upkeep,
    UpkeepAct,
)
from mentorship_cms.models.kinds import kind_of
from mentorship_cms.models.upkeep import (
    UpkeepLine,
    UpkeepState,
    add_months,
    upkeep_columns,
)
from mentorship_cms.records import name_of
from mentorship_cms.services import setup, upkeep
from mentorship_cms.services.publishing import publish
from mentorship_cms.services.upkeep_overview import keeps_anything, kept_items
from tests import factories
from tests.factories import make_user

pytestmark = pytest.mark.usefixtures("in_english")


def today():
    return timezone.localdate()


def due(item, day):
    """Let ``item`` be due on that day."""
    Upkeep.objects.filter(pk=upkeep.upkeep_of(item).pk).update(due_on=day)


def own(item, person):
    """Let ``person`` answer for ``item``."""
    upkeep.hand_over(item=item, user=None, owner=person, remark="Yours")


@pytest.fixture
def role_page(mentoring, role):
    """A page beneath the project that shows the small role."""
    page = RolePage(title="Small role", locale=mentoring.locale, role_description=role)
    return mentoring.add_child(instance=page)


@pytest.fixture
def edited_home(mentoring, home):
    """The home page, of which the editors of the mentoring project may change everything."""
    for name in ("add_page", "change_page"):
        GroupPagePermission.objects.create(
            group=Group.objects.get(name=setup.EDITORS),
            page=home,
            permission=Permission.objects.get(codename=name),
        )
    return home


@pytest.fixture
def other_editor(mentoring):
    return make_user("other", setup.EDITORS, first_name="Otto", last_name="Other")


# -- From publication to deletion


def test_a_publication_begins_the_upkeep_and_another_leaves_it_alone(role):
    begun = upkeep.upkeep_of(role)
    assert begun.due_on == add_months(today(), 12)
    assert (begun.confirmed_at, begun.owner) == (None, None)
    due(role, today() + timedelta(days=3))
    before = Upkeep.objects.count()
    role.summary = "Another summary."
    publish(snippet=role)
    assert upkeep.upkeep_of(role).due_on == today() + timedelta(days=3)
    assert Upkeep.objects.count() == before


def test_the_interval_of_the_site_counts(home):
    with override_settings(MENTORSHIP_CMS_REVIEW_MONTHS=6):
        role = factories.published_role(locale=home.locale)
    assert upkeep.upkeep_of(role).due_on == add_months(today(), 6)


def test_a_draft_and_a_scale_have_no_upkeep(home):
    draft = factories.role(locale=home.locale)
    draft.live = False
    draft.save()
    draft.save_revision()
    assert upkeep.upkeep_of(draft) is None
    before = Upkeep.objects.count()
    factories.published_scale(locale=home.locale)
    assert Upkeep.objects.count() == before


def test_a_project_page_has_upkeep_and_its_alias_has_none(mentoring, home):
    assert upkeep.upkeep_of(mentoring) is not None
    alias = mentoring.create_alias(parent=home, update_slug="alias")
    mentoring.save_revision().publish()
    assert upkeep.upkeep_of(alias) is None


def test_what_is_deleted_leaves_nothing(mentoring, home):
    page = home.add_child(instance=MentoringProjectPage(title="Other", locale=home.locale))
    page.save_revision().publish()
    upkeep.confirm(item=page, user=None)
    draft = factories.role(locale=home.locale)
    draft.save()
    upkeep.begin(item=draft)
    found = Upkeep.objects.filter(object_id__in=[str(page.pk), str(draft.pk)])
    rows = [upkeep.upkeep_of(page).pk, upkeep.upkeep_of(draft).pk]
    home.get_children().get(pk=page.pk).delete()
    draft.delete()
    assert not found.filter(pk__in=rows).exists()
    assert not UpkeepAct.objects.filter(upkeep__in=rows).exists()


def test_the_migration_makes_the_rows_of_what_is_live(role, framework, mentoring):
    Upkeep.objects.all().delete()
    day = timezone.now() - timedelta(days=100)
    RoleDescription.objects.filter(pk=role.pk).update(first_published_at=day)
    CompetencyFramework.objects.filter(pk=framework.pk).update(live=False)
    migration = importlib.import_module("mentorship_cms.migrations.0005_upkeep_rows")
    for _time in range(2):
        migration.begin(apps, SimpleNamespace(connection=connection))
    assert upkeep.upkeep_of(role).due_on == add_months(timezone.localdate(day), 12)
    assert upkeep.upkeep_of(mentoring) is not None
    assert upkeep.upkeep_of(framework) is None
    assert Upkeep.objects.filter(object_id=str(role.pk), content_type__model="roledescription")


def test_what_came_without_a_signal_is_found(role):
    Upkeep.objects.all().delete()
    upkeep.begin_missing()
    assert upkeep.upkeep_of(role).due_on == add_months(today(), 12)
    assert Upkeep.objects.filter(content_type__model="mentoringprojectpage").count() == 3


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
    ],
)
def test_months_end_on_a_day_that_exists(day, months, later):
    assert add_months(day, months) == later


@pytest.mark.parametrize(
    ("days", "state"),
    [(-1, "overdue"), (0, "soon"), (30, "soon"), (31, "fine")],
)
def test_an_item_is_overdue_after_its_day(role, days, state):
    due(role, today() + timedelta(days=days))
    assert upkeep.upkeep_of(role).state == UpkeepState(state)


# -- Acts


def test_a_confirmation_is_no_edit(role, editor):
    due(role, today() - timedelta(days=40))
    revision, ledger = role.latest_revision_id, RoleDescription.history.count()
    upkeep.confirm(item=role, user=editor, remark="Read with the night team")
    kept = upkeep.upkeep_of(role)
    assert kept.due_on == add_months(today(), 12)
    assert (kept.confirmed_by, kept.confirmed_by_name) == (editor, "Edith Editor")
    act = kept.acts.get()
    assert (act.kind, act.by, act.by_name) == (UpkeepActKind.CONFIRMED, editor, "Edith Editor")
    assert (act.remark, act.due_on) == ("Read with the night team", kept.due_on)
    role.refresh_from_db()
    assert (role.latest_revision_id, RoleDescription.history.count()) == (revision, ledger)
    assert role.versions.count() == 1


def test_a_check_is_postponed_within_a_year_and_with_a_reason(role, editor):
    until = today() + timedelta(days=60)
    upkeep.postpone(item=role, user=editor, until=until, remark="After the reform")
    kept = upkeep.upkeep_of(role)
    assert (kept.due_on, kept.confirmed_at) == (until, None)
    assert kept.acts.get().kind == UpkeepActKind.POSTPONED


@pytest.mark.parametrize(
    ("days", "remark", "fields"),
    [
        (0, "x", {"until"}),
        (400, "x", {"until"}),
        (5, " ", {"remark"}),
        (-9, "", {"until", "remark"}),
    ],
)
def test_a_postponement_that_is_not_right_changes_nothing(role, editor, days, remark, fields):
    before = upkeep.upkeep_of(role).due_on
    with pytest.raises(ValidationError) as caught:
        upkeep.postpone(item=role, user=editor, until=today() + timedelta(days=days), remark=remark)
    assert set(caught.value.message_dict) == fields
    kept = upkeep.upkeep_of(role)
    assert (kept.due_on, kept.acts.count()) == (before, 0)


def test_who_gets_an_item_is_mailed_without_a_word_of_it(
    role, editor, other_editor, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        upkeep.hand_over(item=role, user=editor, owner=other_editor, remark="Back from leave")
    kept = upkeep.upkeep_of(role)
    assert (kept.owner, kept.owner_name) == (other_editor, "Otto Other")
    act = kept.acts.get()
    assert (act.kind, act.owner_name) == (UpkeepActKind.DELEGATED, "Otto Other")
    (sent,) = mail.outbox
    assert sent.to == [other_editor.email]
    assert f"/admin/mentorship/role/{role.pk}/upkeep/" in sent.body
    for word in (role.title, "Edith", "leave"):
        assert word not in sent.body + sent.subject


def test_who_takes_an_item_is_not_mailed(role, editor, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        upkeep.hand_over(item=role, user=editor, owner=editor, remark="Mine")
    assert mail.outbox == []


def test_an_item_goes_only_to_who_may_edit_it(role, mentoring, reader, coordinator, editor):
    gone = make_user("gone", setup.EDITORS, is_active=False)
    for item in (role, mentoring):
        for person in (reader, coordinator, gone):
            with pytest.raises(ValidationError) as caught:
                upkeep.hand_over(item=item, user=editor, owner=person, remark="x")
            assert set(caught.value.message_dict) == {"owner"}
        upkeep.hand_over(item=item, user=editor, owner=editor, remark="x")
        assert upkeep.owner_of(item) == editor


def test_an_item_is_given_back(role, role_page, mentoring, editor, other_editor):
    own(mentoring, other_editor)
    own(role, editor)
    upkeep.hand_over(item=role, user=editor, owner=None, remark="No longer mine")
    assert upkeep.owner_of(role) == other_editor
    with pytest.raises(ValidationError):
        upkeep.hand_over(item=role, user=editor, owner=None, remark="Again")


def test_an_interval_of_its_own_counts_from_the_last_confirmation(role, editor):
    upkeep.plan(item=role, user=editor, months=3)
    assert upkeep.upkeep_of(role).due_on == add_months(today(), 3)
    upkeep.confirm(item=role, user=editor)
    assert upkeep.upkeep_of(role).due_on == add_months(today(), 3)
    upkeep.plan(item=role, user=editor, months=None)
    assert upkeep.upkeep_of(role).due_on == add_months(today(), 12)
    for months in (0, 61, -1):
        with pytest.raises(ValidationError):
            upkeep.plan(item=role, user=editor, months=months)


def test_another_interval_leaves_a_postponed_check_where_it_is(role, editor):
    until = add_months(today(), 10)
    upkeep.postpone(item=role, user=editor, until=until, remark="Waits for the law")
    assert upkeep.plan(item=role, user=editor, months=3).due_on == until
    assert upkeep.plan(item=role, user=editor, months=24).due_on == add_months(today(), 24)
    # Confirmed since: nothing is put off any more.
    upkeep.confirm(item=role, user=editor)
    assert upkeep.plan(item=role, user=editor, months=2).due_on == add_months(today(), 2)


def test_another_interval_says_from_what_to_what(role, editor, in_english):
    for months in (None, 12):
        with pytest.raises(ValidationError) as caught:
            upkeep.plan(item=role, user=editor, months=months)
        assert set(caught.value.message_dict) == {"months"}
    kept = upkeep.plan(item=role, user=editor, months=1)
    with pytest.raises(ValidationError):
        upkeep.plan(item=role, user=editor, months=1)
    upkeep.plan(item=role, user=editor, months=None)
    assert [act.remark for act in kept.acts.all()] == [
        "From 1 month to 12 months (as the site says).",
        "From 12 months (as the site says) to 1 month.",
    ]


def test_what_is_not_published_is_not_checked(role, editor, home):
    role.unpublish()
    draft = factories.role(locale=home.locale)
    draft.live = False
    draft.save()
    for item in (role, draft):
        with pytest.raises(ValidationError):
            upkeep.confirm(item=item, user=editor)
    assert not UpkeepAct.objects.exists()


# -- Owners


def test_owners_are_inherited_down_the_tree(
    role, role_page, mentoring, edited_home, editor, other_editor
):
    assert upkeep.owner_of(role) is None
    above = MentoringProjectPage(title="All of it", slug="all", locale=edited_home.locale)
    edited_home.add_child(instance=above).save_revision().publish()
    own(above, other_editor)
    mentoring.move(above, pos="last-child")
    assert upkeep.ownership_of(role).person == other_editor
    assert upkeep.ownership_of(role).page.title == "All of it"
    mentoring.refresh_from_db()
    assert upkeep.owner_of(mentoring) == other_editor
    own(mentoring, editor)
    assert upkeep.owner_of(role) == editor
    own(role, other_editor)
    assert upkeep.ownership_of(role) == (other_editor, None)


def test_a_closed_account_answers_for_nothing(role, role_page, mentoring, editor, other_editor):
    own(mentoring, other_editor)
    own(role, editor)
    editor.is_active = False
    editor.save()
    assert upkeep.owner_of(role) == other_editor


def test_a_snippet_without_page_inherits_from_nobody(role, mentoring, editor):
    own(mentoring, editor)
    assert upkeep.owner_of(role) is None


def told_on(page, item):
    """Whom the query of a page names to its readers as owner of an item."""
    columns = upkeep_columns(type(item), item.pk, page)
    row = Page.objects.filter(pk=page.pk).annotate(**columns).values(*columns).get()
    return UpkeepLine.from_columns(row).owner_name


def test_all_at_once_and_readers_are_told_the_same_as_one_by_one(
    role, role_page, framework, mentoring, edited_home, editor, other_editor
):
    own(mentoring, editor)
    own(framework, other_editor)
    second = MentoringProjectPage(title="Second", slug="second", locale=edited_home.locale)
    edited_home.add_child(instance=second).save_revision().publish()
    second.add_child(
        instance=RolePage(title="Again", locale=edited_home.locale, role_description=role)
    )
    own(second, other_editor)
    found = {(kept.kind, kept.pk): kept for kept in kept_items()}
    items = [
        *RoleDescription.objects.all(),
        *CompetencyFramework.objects.all(),
        *MentoringProjectPage.objects.all(),
    ]
    assert len(found) == len(items)
    for item in items:
        kept = found[kind_of(item), str(item.pk)]
        owned = upkeep.ownership_of(item)
        assert (kept.owner, kept.inherited) == (owned.person, owned.page is not None)
        assert (kept.title, kept.language) == (item.title, item.locale.language_code)
        assert kept.upkeep == upkeep.upkeep_of(item)
        pages = [item] if isinstance(item, MentoringProjectPage) else item.pages()
        for page in pages[:1]:
            assert told_on(page, item) == owned.name
    assert found["role", str(role.pk)].owner == editor
    # Whoever reads it in the other project is told whom to ask there.
    assert [told_on(page, role) for page in role.pages()] == [
        name_of(editor),
        name_of(other_editor),
    ]
    for person in (editor, other_editor):
        person.is_active = False
        person.save()
        for item in items:
            found = {(kept.kind, kept.pk): kept for kept in kept_items()}
            kept = found[kind_of(item), str(item.pk)]
            owned = upkeep.ownership_of(item)
            pages = [item] if isinstance(item, MentoringProjectPage) else item.pages()
            assert kept.owner == owned.person
            assert [told_on(page, item) for page in pages[:1]] in ([], [owned.name])


def test_everybody_sees_what_they_may_change(role, mentoring, editor, reader, coordinator):
    assert {kept.kind for kept in kept_items(user=editor)} == {"framework", "role", "page"}
    for person in (reader, coordinator):
        assert not keeps_anything(person)
        assert kept_items(user=person) == []
    writer = make_user("writer")
    writer.user_permissions.add(Permission.objects.get(codename="change_roledescription"))
    assert keeps_anything(writer)
    assert {kept.kind for kept in kept_items(user=writer)} == {"role"}


def test_what_is_offline_is_not_due(role):
    due(role, today() - timedelta(days=1))
    assert [kept.pk for kept in kept_items(due_by=today())] == [str(role.pk)]
    role.unpublish()
    assert kept_items(due_by=today()) == []


def test_the_overview_needs_as_many_queries_for_few_as_for_many(
    role, mentoring, home, editor, django_assert_max_num_queries
):
    own(mentoring, editor)
    with django_assert_max_num_queries(1):
        few = len(kept_items())
    for number in range(30):
        more = factories.published_role(locale=home.locale, title=f"Role {number}")
        mentoring.add_child(
            instance=RolePage(title=more.title, locale=home.locale, role_description=more)
        )
        own(more, editor)
    with django_assert_max_num_queries(1):
        assert len(kept_items()) == few + 30


# -- What readers are told


def text_of(page, path=""):
    """The words of a page, with single spaces."""
    response = Client(headers={"accept-language": "en"}).get(page.get_url() + path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.fixture
def english_pages(english):
    """The pages of the English project: project, role, framework."""
    project = MentoringProjectPage.objects.get(locale=english)
    return {
        "project": project,
        "role": RolePage.objects.child_of(project).first(),
        "framework": FrameworkPage.objects.child_of(project).get(),
    }


def item_of(page):
    return getattr(page, page.subject_field) if hasattr(page, "subject_field") else page


@pytest.mark.parametrize("name", ["project", "role", "framework"])
def test_readers_see_who_checked_the_text_and_until_when(english_pages, editor, name):
    page = english_pages[name]
    item = item_of(page)
    day = date_format(add_months(today(), 12), "DATE_FORMAT")
    now = date_format(today(), "DATE_FORMAT")
    assert f"Next check by {day}." in text_of(page)
    assert "Checked on" not in text_of(page)
    upkeep.confirm(item=item, user=editor)
    assert f"Checked on {now} by Edith Editor. Next check by {day}." in text_of(page)


@pytest.mark.parametrize("name", ["project", "role", "framework"])
def test_an_overdue_text_still_holds(english_pages, editor, name):
    page = english_pages[name]
    day = today() - timedelta(days=1)
    due(item_of(page), day)
    words = f"This text was to be checked by {date_format(day, 'DATE_FORMAT')}. It still holds"
    text = text_of(page)
    assert words in text
    assert "tell the editors if something is not right" in text
    assert "Next check by" not in text
    own(english_pages["project"], editor)
    assert "tell Edith Editor if something is not right" in text_of(page)
    editor.is_active = False
    editor.save()
    assert "tell the editors if" in text_of(page)
    page.refresh_from_db()
    assert page.live


def test_the_owner_of_the_text_itself_is_named_first(english_pages, editor, other_editor):
    page = english_pages["role"]
    own(english_pages["project"], editor)
    own(page.role_description, other_editor)
    due(page.role_description, today() - timedelta(days=1))
    assert "tell Otto Other if something" in text_of(page)


def test_an_earlier_version_and_a_preview_say_nothing_of_it(english_pages, editor):
    page = english_pages["role"]
    role = page.role_description
    role.summary = "Another summary."
    publish(snippet=role)
    upkeep.confirm(item=role, user=editor)
    assert "Checked on" in text_of(page)
    assert "Checked on" in text_of(page, "versions/2/")
    assert "Checked on" not in text_of(page, "versions/1/")
    upkeep.confirm(item=english_pages["project"], user=editor)
    for item in (role, page, english_pages["project"]):
        preview = item.make_preview_request(preview_mode=item.default_preview_mode)
        assert "Checked on" not in preview.content.decode()
