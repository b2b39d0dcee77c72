"""The invented organisation: pages, people and pictures, read from fixtures/.

Everything here may run again: what exists is left as it is.
"""

import json
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.images import ImageFile
from django.utils import timezone
from django.utils.dateparse import parse_date
from wagtail.images import get_image_model
from wagtail.models import Locale, Page, Site
from wagtail.users.models import UserProfile

from intranet.models import (
    HomePage,
    NewsIndexPage,
    NewsPage,
    PeoplePage,
    Person,
    PracticalPage,
    QuickLink,
    Team,
)


def read_fixture(name):
    path = settings.FIXTURES_DIR / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def days_ago(number):
    return timezone.localdate() - timedelta(days=number)


# People


def load_people():
    """Make the teams, the directory and the users; return the people as the fixture has them."""
    for order, team in enumerate(read_fixture("organisation")["teams"]):
        names = {f"name_{code}": team[code] for code in ("nl", "fr", "en")}
        Team.objects.get_or_create(slug=team["slug"], defaults={**names, "sort_order": order})
    teams = {team.slug: team for team in Team.objects.all()}
    people = read_fixture("people")["people"]
    for record in people:
        user = load_user(record) if "login" in record else None
        since = parse_date(record["since"]) if "since" in record else None
        functions = {f"function_{code}": text for code, text in record["function"].items()}
        Person.objects.get_or_create(
            slug=record["slug"],
            defaults={
                **functions,
                "first_name": record["first_name"],
                "last_name": record["last_name"],
                "team": teams[record["team"]],
                "email": email_of(record),
                "extension": record["extension"],
                "days": record["days"],
                "language": record["language"],
                "also_speaks": record["also_speaks"],
                "since": since or days_ago(record["days_with_us"]),
                "user": user,
            },
        )
    return people


def email_of(record):
    return f"{record['slug'].replace('-', '.', 1)}@avelinde.example"


def load_user(record):
    login = record["login"]
    user, made = get_user_model().objects.get_or_create(
        username=login["username"],
        defaults={
            "first_name": record["first_name"],
            "last_name": record["last_name"],
            "email": email_of(record),
            "is_staff": login.get("superuser", False),
            "is_superuser": login.get("superuser", False),
        },
    )
    if made:
        user.set_password(login["password"])
        user.save()
        profile = UserProfile.get_for_user(user)
        profile.preferred_language = record["language"]
        profile.save()
    return user


def put_in_groups(people):
    """Give each user the groups of their role; the plugin's setup has made those groups."""
    for record in people:
        for name in record.get("login", {}).get("groups", []):
            user = get_user_model().objects.get(username=record["login"]["username"])
            user.groups.add(Group.objects.get(name=name))


# Pages


def load_organisation():
    """Make the same pages in every language; return the home pages by language."""
    languages = read_fixture("organisation")["pages"]
    articles = read_fixture("news")["articles"]
    authors = {person.slug: person for person in Person.objects.all()}
    pictures = {article["picture"]: load_picture(article) for article in articles}
    originals, homes = {}, {}
    for code, texts in languages.items():
        locale, _ = Locale.objects.get_or_create(language_code=code)

        def page(key, parent, model, slug, fields, locale=locale):
            """The page of this language, made as a translation of the first language's."""
            original = originals.get(key)
            found = model.objects.filter(locale=locale)
            if original:
                found = found.filter(translation_key=original.translation_key).first()
            else:
                found = found.child_of(parent).filter(slug=slug).first()
            if not found:
                found = model(locale=locale, slug=slug, **fields)
                if original:
                    found.translation_key = original.translation_key
                parent.add_child(instance=found)
                found.save_revision().publish()
                found.refresh_from_db()
            originals.setdefault(key, found)
            return found

        home = page(
            "home", Page.get_first_root_node(), HomePage, f"home-{code}", home_fields(texts)
        )
        homes[code] = home
        news = page(
            "news", home, NewsIndexPage, texts["news"]["slug"], section_fields(texts["news"])
        )
        for article in articles:
            fields = {
                **{key: value for key, value in article[code].items() if key != "slug"},
                "date": days_ago(article["days_ago"]),
                "author": authors[article["author"]],
                "picture": pictures[article["picture"]],
            }
            page(article["key"], news, NewsPage, article[code]["slug"], fields)
        people = texts["people"]
        page("people", home, PeoplePage, people["slug"], section_fields(people))
        practical = texts["practical"]
        body = [("section", section) for section in practical["sections"]]
        fields = {**section_fields(practical), "body": body}
        page("practical", home, PracticalPage, practical["slug"], fields)
    show_as_site(homes["nl"])
    return homes


def home_fields(texts):
    home = texts["home"]
    links = enumerate(home["quick_links"])
    return {
        "title": home["title"],
        "welcome": home["welcome"],
        "introduction": home["introduction"],
        "quick_links": [QuickLink(sort_order=order, **link) for order, link in links],
    }


def section_fields(texts):
    """The fields of a page just beneath the home page."""
    return {
        "title": texts["title"],
        "introduction": texts["introduction"],
        "search_description": texts["search_description"],
        "show_in_menus": True,
    }


def load_picture(article):
    """The picture of an article, by its title in the image library."""
    title = article["en"]["picture_text"].removeprefix("Drawing of ").rstrip(".").capitalize()
    image = get_image_model().objects.filter(title=title).first()
    if image is None:
        with open(settings.FIXTURES_DIR / "pictures" / article["picture"], "rb") as file:
            image = get_image_model().objects.create(
                title=title,
                description=article["en"]["picture_text"],
                file=ImageFile(file, name=article["picture"]),
            )
    return image


def show_as_site(home):
    """Serve this home page, and remove the welcome page that Wagtail's migrations make."""
    site = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True)
    if site.root_page_id != home.pk:
        site.hostname = "localhost"
        site.site_name = "Avelinde"
        site.root_page = home
        site.save()
    for page in Page.objects.filter(depth=2, slug="home"):
        if page.specific_class is Page:
            page.delete()
