"""The site that is measured: an intranet's home, bare pages, and a mentoring project of any size.

Everything of the plugin is made through its own setup and its own publication.
"""

import random
import re

from django.contrib.auth import get_user_model
from django.core.management import call_command
from wagtail.models import Locale, Page, Site

from bench.models import BarePage
from mentorship_cms.models import (
    Competency,
    CompetencyArea,
    CompetencyFramework,
    FrameworkPage,
    MentoringProjectPage,
    RatingScale,
    RolePage,
)
from mentorship_cms.services.publishing import publish

LANGUAGE = "nl"
AREAS, COMPETENCIES_PER_AREA = 8, 10
KINDS = ["knowledge", "know_how", "attitude"]
#: For each page that is measured, the bare page at the same depth; "plain" never changes.
BARE = {
    "project": f"/{LANGUAGE}/bare-project/",
    "role": f"/{LANGUAGE}/section/bare-role/",
    "framework": f"/{LANGUAGE}/section/bare-framework/",
}
PLAIN = f"/{LANGUAGE}/section/plain/"
SYLLABLES = "ba de fi go ku la me ni po ra se ti vo wa ze li ren den gel ster".split()


def words(source, count):
    """A sentence of ``count`` invented words, the same for the same source of chance."""
    made = ["".join(source.choices(SYLLABLES, k=source.choice([1, 2, 2, 3]))) for _ in range(count)]
    return " ".join(made).capitalize() + "."


def make_site():
    """Make a home page with bare pages beneath, one reader, and no content of the plugin."""
    locale, _ = Locale.objects.get_or_create(language_code=LANGUAGE)
    Page.objects.filter(depth__gt=1).delete()
    Site.objects.all().delete()
    root = Page.objects.get(depth=1)
    home = root.add_child(instance=BarePage(title="Intranet", slug="intranet", locale=locale))
    Site.objects.create(hostname="localhost", root_page=home, is_default_site=True)
    section = BarePage(title="Section", slug="section", show_in_menus=True, locale=locale)
    home.add_child(instance=section)
    home.add_child(instance=BarePage(title="Bare", slug="bare-project", locale=locale))
    for slug in ("bare-role", "bare-framework", "plain"):
        body = words(random.Random(slug), 1000)
        section.add_child(instance=BarePage(title="Bare", slug=slug, body=body, locale=locale))
    get_user_model().objects.create_user(username="reader", first_name="Rana", last_name="Reader")


def make_project():
    """Set the mentoring project up, with one framework of eighty competencies."""
    home = Page.objects.get(depth=2)
    call_command("mentorship_setup", parent=str(home.pk), language=[LANGUAGE], verbosity=0)
    page = FrameworkPage.objects.get()
    page.framework = make_framework(0)
    page.save_revision().publish()
    # Not in the menu, so that the pages around it keep their size.
    Page.objects.filter(pk=MentoringProjectPage.objects.get().pk).update(show_in_menus=False)


def make_framework(number, areas=AREAS, size=COMPETENCIES_PER_AREA):
    """Publish a framework, of eighty competencies, with four level descriptors each."""
    source = random.Random(number)
    scale = RatingScale.objects.get()
    levels = [str(level.key) for level in scale.levels.all()]
    framework = CompetencyFramework(
        title=f"Framework {number}",
        occupation=words(source, 2),
        introduction=words(source, 30),
        rating_scale=scale,
        locale=scale.locale,
    )
    parts = []
    for order in range(areas):
        letter = chr(ord("A") + order)
        area = CompetencyArea(
            code=letter, title=words(source, 3), description=words(source, 12), sort_order=order
        )
        area.competencies = [
            Competency(
                code=f"{letter}{place + 1}",
                title=words(source, 5),
                kind=KINDS[place % 3],
                criterion=words(source, 14),
                descriptors={level: words(source, 8) for level in levels},
                sort_order=place,
            )
            for place in range(size)
        ]
        parts.append(area)
    framework.areas = parts
    publish(snippet=framework, note="First version")
    return framework


def add_frameworks(total):
    """Publish frameworks, each with a page of its own, until there are ``total``."""
    project = MentoringProjectPage.objects.get()
    for number in range(1, total):
        page = FrameworkPage(
            title=f"Framework {number}",
            slug=f"framework-{number}",
            introduction=words(random.Random(number), 20),
            framework=make_framework(number),
            locale=project.locale,
        )
        project.add_child(instance=page)


def add_versions(total):
    """Edit and publish the measured framework and role until each has ``total`` versions."""
    framework = FrameworkPage.objects.order_by("path").first().framework
    role = RolePage.objects.order_by("path").first().role_description
    for number in range(2, total + 1):
        source = random.Random(-number)
        framework = framework.get_latest_revision_as_object()
        area = framework.areas.all()[number % AREAS]
        competency = area.competencies.all()[number % COMPETENCIES_PER_AREA]
        competency.criterion = words(source, 14)
        area.competencies.add(competency)
        framework.areas.add(area)
        publish(snippet=framework, note=f"Version {number}")
        role = role.get_latest_revision_as_object()
        role.summary = words(source, 14)
        publish(snippet=role, note=f"Version {number}")
    for snippet in (framework, role):
        if snippet.versions.count() != total:
            raise RuntimeError(f"There are {snippet.versions.count()} versions, not {total}.")


def addresses():
    """The address of each page that is measured, by name."""
    found = {
        "project": MentoringProjectPage.objects.get(),
        "role": RolePage.objects.order_by("path").first(),
        "framework": FrameworkPage.objects.order_by("path").first(),
    }
    return {name: page.get_url() for name, page in found.items()}


def fit_bare_page(address, response, fetch):
    """Give a bare page what ``response`` holds in its middle, and as many bytes in all."""
    middle = re.search(rb'<main id="main"[^>]*>(.*)</main>', response, re.DOTALL)[1].decode()
    bare = BarePage.objects.filter(slug=address.rstrip("/").split("/")[-1])
    bare.update(body=middle)
    missing = len(response) - len(fetch(address))
    if missing < 0:
        raise RuntimeError("The bare page is larger than the page it is compared with.")
    bare.update(body=middle + " " * missing)
