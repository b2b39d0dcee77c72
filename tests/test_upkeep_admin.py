"""Upkeep in the admin: its page, the panel in the form, the dashboard and the report."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from openpyxl import load_workbook
from wagtail.models import PageLogEntry
from wagtail.users.models import UserProfile

from mentorship_cms.admin.exports import FORMULA_STARTS
from mentorship_cms.choices import UPKEEP_LOG, UpkeepActKind
from mentorship_cms.models import RoleDescription, RolePage, Upkeep, UpkeepAct
from mentorship_cms.models.kinds import kind_of
from mentorship_cms.models.upkeep import add_months
from mentorship_cms.services import setup, upkeep
from tests import factories
from tests.factories import make_user

REPORT = "mentorship_cms_admin:upkeep_report"

pytestmark = pytest.mark.usefixtures("in_english")


def today():
    return timezone.localdate()


def in_words(day):
    """The day as the pages in English write it, whatever language a request left behind."""
    with translation.override("en"):
        return date_format(day, "DATE_FORMAT")


def due(item, days):
    """Let ``item`` be due in so many days."""
    row = Upkeep.objects.filter(pk=upkeep.upkeep_of(item).pk)
    row.update(due_on=today() + timedelta(days=days))


def own(item, person):
    upkeep.hand_over(item=item, user=person, owner=person, remark="Mine")


def signed_in(person):
    UserProfile.objects.update_or_create(user=person, defaults={"preferred_language": "en"})
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def browser(editor):
    """The browser of the editor, in English."""
    return signed_in(editor)


def address(item):
    return reverse("mentorship_cms_admin:upkeep", args=[kind_of(item), item.pk])


def words(response):
    """The text of a page, with single spaces and without tags."""
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


# -- The page of an item


def test_one_button_confirms(browser, role, mentoring, editor):
    for item in (role, mentoring):
        due(item, -5)
        assert "Overdue" in words(browser.get(address(item)))
        response = browser.post(address(item), {"act": "confirm"}, follow=True)
        assert response.redirect_chain == [(address(item), 302)]
        text = words(response)
        assert "is confirmed as still correct" in text
        assert "Up to date" in text
        assert "Confirmed as still correct" in text
        kept = upkeep.upkeep_of(item)
        assert (kept.confirmed_by, kept.due_on) == (editor, add_months(today(), 12))


def test_the_other_acts_are_forms_of_the_same_page(browser, role, editor):
    other = make_user("other", setup.EDITORS, first_name="Otto", last_name="Other")
    until = today() + timedelta(days=50)
    for data in (
        {"act": "postpone", "postpone-until": until.isoformat(), "postpone-remark": "Reform"},
        {"act": "hand_over", "hand_over-owner": other.pk, "hand_over-remark": "Take care"},
        {"act": "plan", "plan-months": "6"},
    ):
        assert browser.post(address(role), data).status_code == 302
    kept = upkeep.upkeep_of(role)
    assert (kept.owner, kept.months, kept.due_on) == (other, 6, add_months(today(), 6))
    assert [act.kind for act in kept.acts.all()] == [
        UpkeepActKind.PLANNED,
        UpkeepActKind.DELEGATED,
        UpkeepActKind.POSTPONED,
    ]
    text = words(browser.get(address(role)))
    for said in (
        "Otto Other",
        "Reform",
        "Take care",
        "6 months",
        in_words(until),
    ):
        assert said in text


@pytest.mark.parametrize(
    ("data", "message", "typed"),
    [
        (
            {"act": "postpone", "postpone-until": "31/02/2027", "postpone-remark": "Typed words"},
            "This is not a date.",
            "Typed words",
        ),
        (
            {"act": "postpone", "postpone-until": "2020-01-01", "postpone-remark": "Typed words"},
            "Choose a day after today.",
            "2020-01-01",
        ),
        (
            {"act": "postpone", "postpone-until": "", "postpone-remark": ""},
            "Say until which day the check waits.",
            "Say why the check has to wait.",
        ),
        (
            {"act": "hand_over", "hand_over-owner": "999999", "hand_over-remark": "Typed words"},
            "Choose somebody who may edit this.",
            "Typed words",
        ),
        ({"act": "plan", "plan-months": "soon"}, "Write a number of months.", "soon"),
        ({"act": "plan", "plan-months": "99"}, "Choose from 1 to 60 months", "99"),
        ({"act": "confirm", "confirm-remark": "x" * 1001}, "at most 1000 characters", "xxx"),
        ({"act": "burn"}, "Choose what you want to do.", ""),
    ],
)
def test_what_is_wrong_stands_by_its_field_and_nothing_typed_is_lost(
    browser, role, data, message, typed
):
    before = Upkeep.objects.filter(pk=upkeep.upkeep_of(role).pk).values().get()
    response = browser.post(address(role), data)
    assert message in words(response)
    assert typed in response.content.decode()
    assert Upkeep.objects.filter(pk=before["id"]).values().get() == before
    assert not upkeep.upkeep_of(role).acts.exists()


def test_only_editors_are_offered_as_owners(browser, role, reader, coordinator):
    make_user("otto", setup.EDITORS, first_name="Otto", last_name="Same")
    make_user("otti", setup.EDITORS, first_name="Otto", last_name="Same")
    response = browser.get(address(role))
    choice = re.search(r"<select.*?</select>", response.content.decode(), re.DOTALL)[0]
    for name in ("Edith Editor", "Otto Same (otto@example.org)", "Otto Same (otti@example.org)"):
        assert name in choice
    for name in ("Rana", "coordinator"):
        assert name not in choice


def test_the_page_says_when_there_is_nothing_to_check(browser, role, home):
    draft = factories.role(locale=home.locale)
    draft.live = False
    draft.save()
    response = browser.get(address(draft))
    assert "This was never published." in words(response)
    role.unpublish()
    response = browser.get(address(role))
    assert "This is not published now" in words(response)
    assert b'name="act"' not in response.content
    for item in (draft, role):
        response = browser.post(address(item), {"act": "confirm"})
        assert "so there is nothing to check yet" in words(response)


def test_the_form_of_an_item_leads_to_its_upkeep(browser, role, framework, mentoring, editor):
    own(mentoring, editor)
    page = RolePage(title="Small role", locale=mentoring.locale, role_description=role)
    mentoring.add_child(instance=page)
    for item in (role, framework):
        edit = reverse(item.snippet_viewset.get_url_name("edit"), args=[item.pk])
        response = browser.get(edit)
        assert address(item) in response.content.decode()
        assert in_words(add_months(today(), 12)) in words(response)
    edit = reverse(role.snippet_viewset.get_url_name("edit"), args=[role.pk])
    assert f"Edith Editor, as owner of the page “{mentoring.title}”" in words(browser.get(edit))


@pytest.mark.parametrize("view", ["wagtailadmin_pages:edit", "wagtailadmin_explore"])
def test_a_project_page_leads_to_its_upkeep(browser, mentoring, view):
    html = browser.get(reverse(view, args=[mentoring.pk])).content.decode()
    assert address(mentoring) in html
    child = RolePage.objects.child_of(mentoring).first()
    html = browser.get(reverse(view, args=[child.pk])).content.decode()
    assert "/upkeep/" not in html.replace(reverse(REPORT), "")


# -- The report


def test_the_history_of_a_page_tells_of_its_upkeep(browser, mentoring, editor):
    second = make_user("second", setup.EDITORS, first_name="Sam", last_name="Second")
    later = today() + timedelta(days=30)
    upkeep.confirm(item=mentoring, user=editor, remark="Read with the team")
    upkeep.postpone(item=mentoring, user=editor, until=later, remark="After the move")
    upkeep.hand_over(item=mentoring, user=editor, owner=second, remark="Yours now")
    upkeep.plan(item=mentoring, user=editor, months=6)
    entries = PageLogEntry.objects.filter(page=mentoring.pk, action__startswith=UPKEEP_LOG)
    assert {entry.user for entry in entries} == {editor}
    assert len(entries) == UpkeepAct.objects.count() == 4
    text = words(browser.get(reverse("wagtailadmin_pages:history", args=[mentoring.pk])))
    for told in (
        "Confirmed as still correct; next check by",
        f"Check postponed until {in_words(later)}",
        "Handed over to Sam Second",
        "Interval changed; next check by",
        "Read with the team",
        "After the move",
        "Yours now",
    ):
        assert text.count(told) == 1, told


def test_the_history_of_the_site_tells_of_upkeep(client, role, editor, administrator):
    upkeep.confirm(item=role, user=editor)
    UserProfile.objects.update_or_create(user=administrator, defaults={"preferred_language": "en"})
    client.force_login(administrator)
    address = reverse("wagtailadmin_reports:site_history")
    text = words(client.get(f"{address}?action={UpkeepActKind.CONFIRMED.log_action}"))
    assert text.count("Confirmed as still correct; next check by") == 1


def rows(response):
    """The title cells of the report, in order."""
    assert response.status_code == 200
    return [row.title for row in response.context["object_list"]]


@pytest.fixture
def kept(role, framework, mentoring, editor):
    """A role that is overdue, a framework due soon, with an owner."""
    RoleDescription.objects.filter(pk=role.pk).update(title="Aaa role")
    due(role, -2)
    due(framework, 9)
    own(framework, editor)
    return role, framework


def test_the_report_filters_and_sorts(browser, kept, editor, mentoring):
    report = reverse(REPORT)
    everything = rows(browser.get(report))
    assert everything[:2] == ["Aaa role", "Care assistant"]
    assert len(everything) == Upkeep.objects.count()

    def found(**query):
        return rows(browser.get(report, query))

    assert found(state="overdue") == ["Aaa role"]
    assert found(state="soon") == ["Care assistant"]
    assert found(owner="me") == found(owner="anyone") == ["Care assistant"]
    assert "Care assistant" not in found(owner="nobody")
    assert len(found(kind="page")) == 3
    assert set(found(language="nl", kind="page")) == {mentoring.title}
    assert found(state="no such state") == everything
    assert found(ordering="-due_on")[-1] == "Aaa role"
    assert found(ordering="title")[0] == "Aaa role"
    upkeep.confirm(item=kept[1], user=editor)
    assert found(ordering="-checked_on")[0] == "Care assistant"
    assert found(ordering="password") == found()
    assert found(state="overdue", kind="page") == []
    assert "Nothing is as you asked." in words(
        browser.get(report, {"state": "overdue", "kind": "page"})
    )


def test_the_report_says_whose_an_item_is(browser, kept, mentoring, editor):
    own(mentoring, editor)
    mentoring.add_child(
        instance=RolePage(title="A", locale=mentoring.locale, role_description=kept[0])
    )
    text = words(browser.get(reverse(REPORT), {"state": "overdue"}))
    assert "Edith Editor from the page above" in text
    assert "Overdue" in text


def test_the_export_is_in_the_language_of_the_person(browser, kept):
    response = browser.get(reverse(REPORT), {"export": "csv"}, headers={"accept-language": "nl"})
    with translation.override("nl"):
        text = b"".join(response.streaming_content).decode()
    assert text.startswith("Title,Kind,Language,Owner")


def test_the_export_holds_texts_that_no_spreadsheet_runs(browser, kept):
    RoleDescription.objects.filter(pk=kept[0].pk).update(title="=1+1")
    response = browser.get(reverse(REPORT), {"export": "csv", "state": "overdue"})
    text = b"".join(response.streaming_content).decode()
    head, row = text.splitlines()
    assert head.startswith("Title,Kind,Language,Owner")
    assert row.startswith("'=1+1,Role description,")
    response = browser.get(reverse(REPORT), {"export": "xlsx"})
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).active
    cells = [cell for line in sheet.iter_rows(values_only=True) for cell in line]
    assert "'=1+1" in cells
    assert not [cell for cell in cells if str(cell).startswith(FORMULA_STARTS)]


def test_the_report_is_in_the_menu_of_those_who_may_read_it(browser, coordinator, reader):
    home = reverse("wagtailadmin_home")
    assert reverse(REPORT) in browser.get(home).content.decode()
    assert reverse(REPORT) not in signed_in(coordinator).get(home).content.decode()


def many(mentoring, editor, count):
    """So many roles more, each on a page, due, every second with an owner."""
    for number in range(count):
        role = factories.published_role(
            locale=mentoring.locale, title=f"Role {number}", groups=1, responsibilities=1
        )
        mentoring.add_child(
            instance=RolePage(title=role.title, locale=mentoring.locale, role_description=role)
        )
        due(role, number - 3)
        if number % 2:
            own(role, editor)


@pytest.mark.parametrize("view", [REPORT, "wagtailadmin_home"])
def test_five_items_need_as_many_queries_as_fifty(browser, mentoring, editor, view):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(reverse(view)).status_code == 200
        return [query["sql"] for query in captured]

    many(mentoring, editor, 5)
    queries()
    few = queries()
    many(mentoring, editor, 25)
    assert len(queries()) == len(few)
    assert sum("mentorship_cms_upkeep" in sql for sql in few) == 1
    assert len(few) <= 20


# -- The dashboard


def dashboard(person):
    return words(signed_in(person).get(reverse("wagtailadmin_home")))


def test_the_dashboard_names_what_is_mine_and_what_is_nobodys(kept, editor, mentoring):
    other = make_user("other", setup.EDITORS)
    text = dashboard(editor)
    mine, nobodys = text.index("Yours"), text.index("Without owner")
    assert mine < text.index("Care assistant") < nobodys < text.index("Aaa role")
    text = dashboard(other)
    assert "Yours" not in text
    assert "Care assistant" not in text
    assert "Aaa role" in text


def test_the_dashboard_names_five_and_counts_the_others(mentoring, editor):
    many(mentoring, editor, 14)
    text = dashboard(editor)
    assert "Role 1 " in text
    assert text.count("and 2 more") == 2
    assert "Role 13" not in text


def test_the_dashboard_is_quiet_when_nothing_is_due(mentoring, editor):
    assert "to be checked" not in dashboard(editor)


def test_the_dashboard_asks_nothing_for_who_keeps_nothing(kept, coordinator):
    plain = make_user("plain")
    plain.user_permissions.add(Permission.objects.get(codename="access_admin"))
    for person in (plain, coordinator):
        browser = signed_in(person)
        with CaptureQueriesContext(connection) as captured:
            response = browser.get(reverse("wagtailadmin_home"))
        assert "Aaa role" not in words(response)
        assert not [query for query in captured if "mentorship_cms_upkeep" in query["sql"]]
