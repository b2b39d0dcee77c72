"""What readers see on the pages of the mentoring project."""

from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from django.core.cache import cache

from mentorship_cms import rendering
from mentorship_cms.models import (
    CompetencyFramework,
    FrameworkPage,
    MentoringProjectPage,
    RoleDescription,
    RolePage,
)
from mentorship_cms.services.publishing import publish
from tests import factories


def soup(response):
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def text(response):
    """What a reader reads, in one line."""
    return soup(response).get_text(" ", strip=True)


@pytest.fixture
def page(mentoring, home):
    """A page that shows a small framework."""
    framework = factories.published_framework(locale=home.locale, title="Kok")
    page = FrameworkPage(title="Kok", slug="kok", framework=framework, locale=home.locale)
    mentoring.add_child(instance=page)
    return page


def edit(framework, title):
    """Publish the framework with another title for its first competency."""
    framework = CompetencyFramework.objects.get(pk=framework.pk)
    area = framework.areas.all()[0]
    competency = area.competencies.all()[0]
    competency.title = title
    area.competencies.add(competency)
    framework.areas.add(area)
    publish(snippet=framework, note="Clearer")
    return competency


@pytest.mark.parametrize(
    ("address", "language", "title"),
    [
        ("/nl/mentoraat/", "nl", "Mentoraat"),
        ("/fr/tutorat/", "fr", "Tutorat"),
        ("/en/mentoring/", "en", "Mentoring"),
    ],
)
def test_the_project_is_published_in_three_languages(client, mentoring, address, language, title):
    shown = soup(client.get(address))
    assert shown.find("h1").get_text(strip=True) == title
    assert shown.find("html")["lang"] == language
    page = MentoringProjectPage.objects.get(locale__language_code=language)
    for card in [*page.role_cards, *page.framework_cards]:
        assert shown.find("a", href=card.url) is not None
        assert soup(client.get(card.url)).find("html")["lang"] == language


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_every_block_of_the_project_page_reaches_the_reader(client, mentoring, language):
    page = MentoringProjectPage.objects.get(locale__language_code=language)
    shown = " ".join(text(client.get(page.url)).split())
    for block in page.body:
        value = block.value
        for name in ("heading", "introduction", "quote", "name", "label"):
            if value.get(name):
                assert " ".join(value[name].split()) in shown, (block.block_type, name)
        for item in [*value.get("items", []), *value.get("goals", []), *value.get("contexts", [])]:
            for name in ("title", "text", "question", "explanation"):
                if item.get(name):
                    assert " ".join(item[name].split()) in shown, (block.block_type, name)


def test_a_role_page_shows_every_responsibility(client, mentoring):
    page = RolePage.objects.child_of(mentoring).get(slug="mentor")
    shown = soup(client.get(page.url))
    content = page.role_description.content()
    for item in content.responsibilities:
        part = shown.find(id=item.anchor)
        assert item.text in part.get_text(" ", strip=True)
        assert item.explanation in part.get_text(" ", strip=True)


def test_a_framework_page_shows_every_competency_with_its_words(client, mentoring):
    page = FrameworkPage.objects.child_of(mentoring).get()
    shown = soup(client.get(page.url))
    content = page.framework.content()
    for item in content.competencies:
        words = shown.find(id=item.anchor).get_text(" ", strip=True)
        assert item.code in words
        assert item.title in words
        assert item.criterion in words
        for _level, descriptor in item.descriptors:
            assert descriptor in words


def test_the_kind_filter_shows_one_kind_and_marks_it(client, mentoring):
    page = FrameworkPage.objects.child_of(mentoring).get()
    content = page.framework.content()
    shown = soup(client.get(page.url + "?kind=attitude"))
    for item in content.competencies:
        assert (shown.find(id=item.anchor) is not None) == (item.kind == "attitude")
    (current,) = [link for link in shown.select("[aria-current]") if "kind=" in link["href"]]
    assert urlsplit(current["href"]).query == "kind=attitude"


def test_an_unknown_kind_shows_all(client, mentoring):
    page = FrameworkPage.objects.child_of(mentoring).get()
    shown = soup(client.get(page.url + "?kind=<script>"))
    for item in page.framework.content().competencies:
        assert shown.find(id=item.anchor) is not None


def test_an_old_version_shows_the_old_words_after_an_edit(client, page):
    edit(page.framework, "Competency in new words")
    now, old = text(client.get(page.url)), text(client.get(page.url + "versions/1/"))
    assert "Competency in new words" in now
    assert "Competency A1" in old
    assert "Competency in new words" not in old
    assert soup(client.get(page.url + "versions/1/")).find("a", href=page.url + "changes/1-2/")


def test_the_page_says_what_changed_since_the_version_before(client, page):
    competency = edit(page.framework, "Competency in new words")
    shown = soup(client.get(page.url))
    assert "Clearer" in shown.get_text()
    assert [tag.find(string=True, recursive=False) for tag in shown.select("ins")]
    assert shown.find(id=f"competency-{str(competency.key)[:8]}")
    changes = soup(client.get(page.url + "changes/1-2/"))
    assert "new words" in "".join(tag.get_text() for tag in changes.select("ins"))
    assert "A1" in "".join(tag.get_text() for tag in changes.select("del"))


@pytest.mark.parametrize("first", ["", "versions/1/", "versions/2/"])
def test_the_page_is_the_same_whichever_version_was_read_before(client, page, first):
    edit(page.framework, "Competency in new words")
    expected = client.get(page.url).content
    cache.clear()
    client.get(page.url + first)
    assert client.get(page.url).content == expected
    shown = soup(client.get(page.url))
    assert shown.find("a", href=page.url + "versions/1/")


def test_a_first_version_tells_of_no_change(client, page):
    shown = soup(client.get(page.url))
    assert not shown.select("ins, del")


def test_a_new_publication_is_seen_at_once_although_bodies_are_kept(client, page):
    first = text(client.get(page.url))
    assert "Competency A1" in first
    edit(page.framework, "Seen at once")
    assert "Seen at once" in text(client.get(page.url))


def test_a_body_is_kept_for_the_next_reader(client, page, monkeypatch):
    first = client.get(page.url).content
    monkeypatch.setattr(rendering, "render_to_string", None)
    assert client.get(page.url).content == first


def test_the_cache_can_be_switched_off(client, page, settings):
    settings.MENTORSHIP_CMS_BODY_CACHE_SECONDS = 0
    client.get(page.url)
    assert not [key for key in cache._cache if "mentorship_cms.body" in key]


def test_a_changed_project_page_is_seen_at_once(client, mentoring):
    client.get(mentoring.url)
    block = mentoring.body[0]
    block.value["heading"] = "Een heel andere kop"
    mentoring.save_revision().publish()
    assert "Een heel andere kop" in text(client.get(mentoring.url))


def test_a_changed_role_is_seen_on_its_card_at_once(client, mentoring):
    client.get(mentoring.url)
    role = RoleDescription.objects.get(locale=mentoring.locale, role="mentor")
    role.summary = "Een heel andere samenvatting."
    publish(snippet=role)
    assert "Een heel andere samenvatting." in text(client.get(mentoring.url))


def test_a_framework_that_is_offline_leaves_a_calm_page(client, page):
    page.framework.unpublish()
    shown = soup(client.get(page.url))
    assert shown.find("h1").get_text(strip=True) == "Kok"
    assert "Competency A1" not in shown.get_text()
    assert not [card for card in page.get_parent().specific.framework_cards if card.pk == page.pk]


@pytest.mark.parametrize(
    "path",
    ["versions/9/", "versions/0/", "versions/x/", "changes/x/", "changes/9-1/", "changes/1-9/"],
)
def test_an_address_of_nothing_is_not_found(client, page, path):
    assert client.get(page.url + path, follow=True).status_code == 404


@pytest.mark.parametrize(
    ("path", "meant"),
    [("changes/3-1/", "changes/1-3/"), ("changes/2-2/", "versions/"), ("changes/", "versions/")],
)
def test_what_was_meant_by_an_address_is_shown(client, page, path, meant):
    for words in ("Twee", "Drie"):
        edit(page.framework, words)
    response = client.get(page.url + path, follow=True)
    assert response.status_code == 200
    assert response.redirect_chain == [(page.url + meant, 302)]


def test_an_empty_framework_and_an_empty_project_have_a_page(client, mentoring, home):
    framework = CompetencyFramework(title="Leeg", locale=home.locale)
    publish(snippet=framework)
    page = FrameworkPage(title="Leeg", slug="leeg", framework=framework, locale=home.locale)
    mentoring.add_child(instance=page)
    assert soup(client.get(page.url)).find("h1").get_text(strip=True) == "Leeg"
    project = MentoringProjectPage(title="Nieuw", slug="nieuw", locale=home.locale)
    home.add_child(instance=project)
    assert soup(client.get(project.url)).find("h1").get_text(strip=True) == "Nieuw"


def test_what_editors_type_is_shown_as_text(client, page):
    edit(page.framework, "<img src=x onerror=alert(1)> & <b>bold</b>")
    shown = soup(client.get(page.url))
    assert not shown.select("img[onerror]")
    assert "<b>bold</b>" in shown.get_text()


def test_a_competency_that_was_removed_is_told(client, page):
    framework = CompetencyFramework.objects.get(pk=page.framework_id)
    area = framework.areas.all()[0]
    area.competencies.remove(area.competencies.all()[1])
    framework.areas.add(area)
    publish(snippet=framework)
    assert "Competency A2" in text(client.get(page.url + "changes/1-2/"))
    assert "Competency A2" not in [
        tag.get_text(strip=True) for tag in soup(client.get(page.url)).select("h3, h4")
    ]


def test_the_list_of_versions_names_number_note_and_person(client, page, reader):
    framework = CompetencyFramework.objects.get(pk=page.framework_id)
    framework.title = "Kok en souschef"
    publish(snippet=framework, user=reader, note="Breder")
    shown = text(client.get(page.url + "versions/"))
    for words in ("Breder", "Rana Reader", "First version"):
        assert words in shown


def test_a_link_in_the_body_follows_the_page_it_leads_to(client, mentoring):
    mentor = RolePage.objects.child_of(mentoring).get(slug="mentor")
    assert f'href="{mentor.url}"' in client.get(mentoring.url).content.decode()
    mentor.slug = "peter"
    mentor.save_revision().publish()
    shown = client.get(mentoring.url).content.decode()
    assert "/nl/mentoraat/peter/" in shown
    assert "/nl/mentoraat/mentor/" not in shown


def test_a_new_scale_is_seen_on_the_card_of_a_framework_at_once(client, mentoring):
    card = mentoring.framework_cards[0]
    client.get(mentoring.url)
    scale = card.framework.rating_scale
    level = scale.levels.all()[0]
    level.label = "Kijkt"
    scale.levels.add(level)
    publish(snippet=scale)
    shown = MentoringProjectPage.objects.get(pk=mentoring.pk).framework_cards[0]
    assert shown.version_number == card.version_number + 1
    before = client.get(mentoring.url).content
    cache.clear()
    assert client.get(mentoring.url).content == before
