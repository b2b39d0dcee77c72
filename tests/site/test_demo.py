"""The demo intranet: loading it, reading it, and keeping it off real sites."""

import re
from io import StringIO
from pathlib import Path

import polib
import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from wagtail.models import Page

from intranet.demo_content import read_fixture
from intranet.models import NewsPage, Person

ROOT = Path(__file__).resolve().parent.parent.parent
LOGINS = [person for person in read_fixture("people")["people"] if "login" in person]
ADDRESSES = [
    "/nl/",
    "/fr/",
    "/en/",
    "/nl/nieuws/griepprik/",
    "/fr/actualites/",
    "/nl/collegas/",
    "/en/colleagues/fatima-el-amrani/",
    "/fr/pratique/",
    "/nl/search/?query=thuiszorg",
    "/en/login/",
]

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the file to which it writes a new size of a picture to be closed by itself.
    pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.Spooled:ResourceWarning"),
]


def load():
    output = StringIO()
    with override_settings(DEBUG=True):
        call_command("load_demo", stdout=output)
    return output.getvalue()


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Load the demonstration for all tests of this module; return what was printed."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield load()
        transaction.set_rollback(True)


def text_of(client, address, status=200):
    response = client.get(address)
    assert response.status_code == status
    return response.content.decode()


def test_is_refused_without_debug():
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("load_demo")
    assert not Person.objects.exists()


def test_loads_once_and_tells_who_may_sign_in(demo):
    counts = [model.objects.count() for model in (Page, Person, NewsPage, get_user_model())]
    assert load().split("People of the demonstration")[1] in demo
    assert counts == [model.objects.count() for model in (Page, Person, NewsPage, get_user_model())]
    for person in LOGINS:
        login = person["login"]
        assert re.search(rf"{login['username']} +{login['password']} +{person['language']}", demo)


def test_everybody_of_the_table_can_sign_in_and_out(demo, client):
    for person in LOGINS:
        login = person["login"]
        response = client.post(
            "/fr/login/", {"username": login["username"], "password": login["password"]}
        )
        assert response.url == "/fr/"
        assert person["last_name"] in text_of(client, "/fr/")
        assert client.post("/fr/logout/", {"next": "/fr/"}).url == "/fr/"


def test_pages_answer_with_a_strict_policy_and_obey_it(demo, client):
    for address in ADDRESSES:
        response = client.get(address)
        html = response.content.decode()
        assert response.status_code == 200, address
        assert response.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert f'<html lang="{address[1:3]}">' in html
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", html), address
    assert "Content-Security-Policy" not in client.get("/admin/login/").headers


def test_language_links_lead_to_the_same_page(demo, client):
    html = text_of(client, "/nl/nieuws/griepprik/")
    assert 'href="/fr/actualites/vaccin-grippe/"' in html
    assert 'href="/en/news/flu-jab/"' in html
    html = text_of(client, "/en/colleagues/fatima-el-amrani/")
    assert 'href="/nl/collegas/fatima-el-amrani/"' in html
    assert 'href="/fr/search/?query=soep"' in text_of(client, "/nl/search/?query=soep")


def test_home_page_leads_to_the_mentoring_project(demo, client):
    for home, project in (("/nl/", "mentoraat"), ("/fr/", "tutorat"), ("/en/", "mentoring")):
        assert f'class="quick__link" href="{home}{project}/"' in text_of(client, home)
    Page.objects.get(url_path="/home-fr/tutorat/").specific.unpublish()
    assert "tutorat" not in text_of(client, "/fr/")


def test_directory_is_filtered_by_name_and_team(demo, client):
    people = client.get("/fr/collegues/?name=el+amrani").context["people"]
    assert [person.slug for person in people] == ["fatima-el-amrani"]
    people = client.get("/nl/collegas/?team=night").context["people"]
    assert {person.slug for person in people} == {"wim-goossens", "aicha-benali"}
    assert "Nobody found" in text_of(client, "/en/colleagues/?name=zzz")
    text_of(client, "/en/colleagues/nobody/", status=404)


def test_search_finds_pages_people_and_places(demo, client):
    context = client.get("/en/search/?query=puncture").context
    assert [page.slug for page in context["results"]] == ["electric-bicycles"]
    assert not client.get("/nl/search/?query=puncture").context["number"]
    assert [person.slug for person in client.get("/nl/search/?query=fatima").context["people"]]
    for query in ('"', '"soup" AND (', "%00", "c++", "-x"):
        text_of(client, f"/en/search/?query={query}")
    assert "Nothing found" in text_of(client, "/en/search/?query=qwertyuiop")


def test_unknown_address_keeps_the_look_and_the_menu(demo, client):
    html = text_of(client, "/fr/introuvable/", status=404)
    assert "Cette page est introuvable" in html
    assert 'href="/fr/collegues/"' in html


def test_every_text_of_the_templates_is_translated():
    pattern = re.compile(r"""\{% translate (["'])(.+?)\1""")
    templates = [path.read_text() for path in (ROOT / "templates").rglob("*.html")]
    texts = {match[2] for template in templates for match in pattern.finditer(template)}
    assert len(texts) > 40
    for language in ("nl", "fr"):
        folder = ROOT / "site" / "intranet" / "locale" / language / "LC_MESSAGES"
        catalogue = {entry.msgid for entry in polib.pofile(folder / "django.po")}
        compiled = {entry.msgid for entry in polib.mofile(folder / "django.mo")}
        assert texts <= catalogue
        assert catalogue == compiled
