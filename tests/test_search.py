"""The intranet's search finds roles and single competencies, and leads to the right place."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from wagtail.models import Page, PageViewRestriction

from mentorship_cms.models import CompetencyFramework, FrameworkPage, RoleDescription, RolePage
from mentorship_cms.search import find
from mentorship_cms.services.publishing import publish


@pytest.fixture
def french(mentoring):
    return CompetencyFramework.objects.get(locale__language_code="fr")


@pytest.fixture(autouse=True)
def _index(db):
    call_command("update_index", verbosity=0)


def test_a_competency_is_found_and_its_address_leads_to_it(client, mentoring):
    page = mentoring.framework_cards[0]
    competency = page.framework.content().competencies[0]
    hit = find(competency.title, language="nl")[0]
    assert hit.title == f"{competency.code} {competency.title}"
    assert hit.page_title == page.title
    address, anchor = hit.url.split("#")
    assert address == page.url
    assert f'id="{anchor}"' in client.get(address).content.decode()


def test_a_responsibility_is_found_and_its_address_leads_to_it(client, mentoring):
    page = RolePage.objects.child_of(mentoring).get(slug="mentor")
    item = page.role_description.content().responsibilities[3]
    hit = find(item.text, language="nl")[0]
    assert hit.title == item.text
    address, anchor = hit.url.split("#")
    assert f'id="{anchor}"' in client.get(address).content.decode()


def test_only_the_asked_language_is_found(french):
    title = french.content().competencies[0].title
    assert find(title, language="fr")
    assert all(title not in hit.title for hit in find(title, language="nl"))


def test_nothing_is_found_of_an_unpublished_framework(french):
    title = french.content().competencies[0].title
    french.unpublish()
    assert all(title not in hit.title for hit in find(title, language="fr"))


def test_nothing_is_found_for_an_empty_question_or_unknown_language(mentoring):
    assert find("  ", language="nl") == []
    assert find("mentor", language="xx") == []


@pytest.mark.parametrize("query", ['"', "'", 'mentor"', "*", "a OR", "((", "-", "\x00", "%"])
def test_marks_in_a_question_do_no_harm(mentoring, query):
    assert isinstance(find(query, language="nl"), list)


def test_a_page_behind_a_sign_in_is_found_only_by_who_may_read_it(rf, mentoring, reader):
    page = mentoring.framework_cards[0]
    PageViewRestriction.objects.create(page=page, restriction_type=PageViewRestriction.LOGIN)
    title = page.framework.content().competencies[0].title
    request = rf.get("/")
    request.user = AnonymousUser()
    request.session = {}
    assert find(title, language="nl") == find(title, language="nl", request=request) == []
    request.user = reader
    assert find(title, language="nl", request=request)


def test_a_search_of_pages_finds_the_words_of_a_role(mentoring):
    page = RolePage.objects.child_of(mentoring).get(slug="mentor")
    word = "Onderhoudt"
    role = RoleDescription.objects.get(pk=page.role_description_id)
    role.summary = f"{word} unieknaam"
    assert page.pk not in [found.pk for found in Page.objects.search("unieknaam")]
    publish(snippet=role)
    assert [found.pk for found in Page.objects.search("unieknaam")] == [page.pk]
    RoleDescription.objects.get(pk=role.pk).unpublish()
    assert not Page.objects.search("unieknaam")


def test_a_search_of_pages_finds_a_framework_by_a_criterion(mentoring):
    page = FrameworkPage.objects.child_of(mentoring).get()
    criterion = page.framework.content().competencies[5].criterion
    words = " ".join(criterion.split()[:5])
    assert page.pk in [found.pk for found in Page.objects.search(words)]
