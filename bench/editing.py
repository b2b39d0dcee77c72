"""Measure what editors open to keep things current, with few and with many items around.

The report of upkeep, the dashboard, the history of one item with all its versions, its
translations, and the register of changes; each is paired with a page of the admin that holds
nothing but as many bytes. Queries are also counted for an editor who is a mentor. Times are the
processor's, of this process, in which the database is too.
"""

import copy
import gc
import uuid
from collections import defaultdict
from datetime import timedelta
from itertools import product
from unittest import mock

from bench.pages import Server, add, say
from bench.tables import COLUMNS, Line, columns, growth, judgement, print_table

#: How many items there are in the small database, beside those of the project itself.
FEW = 5
#: The most queries of a page, all of them counted.
QUERIES = 20
#: How many times as long, beside the bare page, anything may take in the large database. The
#: report lists every item before it shows the first fifty, and the register says how many rows
#: there are in all, so these two may grow with them.
GROWTH = {
    "report": None,
    "dashboard": 2.5,
    "history": 1.5,
    "translations": 1.5,
    "register": None,
}
PAGES = tuple(GROWTH)
EDITOR = "keeper"
#: An editor with a role in a mentorship.
MENTOR = "mentor"
#: How many acts of upkeep there are of the item whose history is measured.
CONFIRMED = 10


def run(folder, options):
    """Build, measure, print; return whether an aim of queries is missed."""
    server = Server(folder)
    try:
        situations = build(server, options)
        lines = measure(server, situations, options.rounds)
    finally:
        server.close()
    return report(lines, options)


# -- Before measuring


def build(server, options):
    """Make a database with few items and one with many; return the addresses of each."""
    from django.core.management import call_command

    from bench import content

    say("Making the site")
    server.use(0)
    call_command("migrate", verbosity=0)
    content.make_site()
    content.make_project()
    make_editors()
    for name in (EDITOR, MENTOR):
        server.sign_in(name, name)
    say(f"Publishing {options.versions} versions of a framework and a role")
    originals = publish_originals(options.versions)
    make_evaluation(originals[0])
    situations = {}
    made = 0
    for before, count in ((0, FEW), (FEW, options.items)):
        say(f"Copying them until there are {count} items")
        server.use(count, copy_of=before)
        copy_items(originals, made, count - len(originals))
        made = count - len(originals)
        analyse()
        situations[count] = addresses(originals[0])
        for name, address in situations[count].items():
            size = len(server.fetch(address, EDITOR))
            fit_bare_page(name, size, server)
    return situations


def make_editors():
    """Make two editors, and the bare pages that the editors' pages are compared with."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group
    from wagtail.models import Page

    from bench.models import BarePage
    from mentorship_cms.services.setup import EDITORS

    for name in (EDITOR, MENTOR):
        editor = get_user_model().objects.create(username=name, first_name="Kee", last_name="Per")
        editor.groups.add(Group.objects.get(name=EDITORS))
    section = Page.objects.get(slug="section")
    for name in PAGES:
        section.add_child(
            instance=BarePage(title="Bare", slug=f"bare-admin-{name}", locale=section.locale)
        )


def publish_originals(versions):
    """Publish a small framework and a role, a day between two versions; keep them current."""
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from bench import content
    from mentorship_cms.models import MentoringProjectPage, RolePage
    from mentorship_cms.services import upkeep
    from mentorship_cms.services.publishing import publish

    project = MentoringProjectPage.objects.get()
    editor = get_user_model().objects.get(username=EDITOR)
    framework = content.make_framework(1, areas=1, size=2)
    role = RolePage.objects.order_by("path").first().role_description
    add_page(project, framework, "framework-1")
    begin = timezone.now() - timedelta(days=versions + CONFIRMED + 1)
    for number in range(1, versions + CONFIRMED + 1):
        with mock.patch("django.utils.timezone.now", return_value=begin + timedelta(days=number)):
            if number > versions:
                upkeep.confirm(item=framework, user=editor, remark=f"Read for the {number}th time.")
                continue
            for item in (framework, role):
                draft = type(item).objects.get(pk=item.pk).get_latest_revision_as_object()
                draft.title = f"{item.title}, text {number}"
                publish(snippet=draft, user=editor, note=f"Text {number}")
    framework.refresh_from_db()
    role.refresh_from_db()
    return framework, role


def make_evaluation(framework):
    """Let one editor be a mentor with an evaluation, and the framework have a translation."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group
    from django.utils import timezone
    from wagtail.models import Locale

    from mentorship_cms.choices import Context, EvaluationKind, Role
    from mentorship_cms.services import evaluations, mentorships
    from mentorship_cms.services.setup import COORDINATORS
    from mentorship_cms.services.translations import start_translation

    people = get_user_model().objects
    mentor = people.get(username=MENTOR)
    coordinator, mentee, manager = (
        people.create(username=name) for name in ("coordinator", "mentee", "manager")
    )
    coordinator.groups.add(Group.objects.get(name=COORDINATORS))
    today = timezone.localdate()
    mentorship = mentorships.create_mentorship(
        user=coordinator,
        framework=framework,
        context=Context.NEWCOMER,
        starts_on=today,
        people={Role.MENTEE: mentee, Role.MENTOR: mentor, Role.LINE_MANAGER: manager},
    )
    evaluations.start_evaluation(
        user=mentor,
        mentorship_id=mentorship.public_id,
        kind=EvaluationKind.START,
        talk_on=today,
    )
    french, _made = Locale.objects.get_or_create(language_code="fr")
    start_translation(user=mentor, item=framework, locale=french)


def add_page(project, item, slug):
    """Show an item on a page of its own."""
    from mentorship_cms.models import CompetencyFramework, FrameworkPage, RolePage

    fields = {"title": item.title, "slug": slug, "locale": project.locale}
    if isinstance(item, CompetencyFramework):
        return project.add_child(instance=FrameworkPage(framework=item, **fields))
    return project.add_child(instance=RolePage(role_description=item, **fields))


def copy_items(originals, made, count):
    """Write copies of both, with all that was kept of each, straight into the tables."""
    from django.utils import timezone

    from mentorship_cms.models import MentoringProjectPage

    sources = [Source(item) for item in originals]
    project = MentoringProjectPage.objects.get()
    today = timezone.localdate()
    for number in range(made, count):
        item = sources[number % 2].copy(number, due_on=today + timedelta(days=number % 400 - 200))
        project.refresh_from_db()
        add_page(project, item, f"item-{number}")


class Source:
    """An item with everything that is kept of it, to be copied."""

    def __init__(self, item):
        from django.contrib.contenttypes.models import ContentType
        from wagtail.models import ModelLogEntry, Revision

        from mentorship_cms.models import Upkeep

        self.item = item
        of_item = {
            "content_type": ContentType.objects.get_for_model(item),
            "object_id": str(item.pk),
        }
        self.upkeep = Upkeep.objects.get(**of_item)
        self.revisions = list(Revision.objects.filter(**of_item))
        self.log = list(ModelLogEntry.objects.filter(**of_item))
        self.versions = list(item.versions.order_by("number"))
        self.ledger = list(type(item).history.filter(id=item.pk))

    def copy(self, number, due_on):
        """Write one copy; return it."""
        item = blank(self.item, translation_key=uuid.uuid4(), title=f"Item {number}")
        item.latest_revision = item.live_revision = None
        # As it is, without revision, log entry or signal: those are copied.
        type(item).objects.bulk_create([item])
        itself = {"object_id": str(item.pk)}
        blank(self.upkeep, due_on=due_on, **itself).save()
        # What the drafts say is read of no other item.
        revisions = [blank(row, content={}, **itself) for row in self.revisions]
        write(revisions)
        renamed = dict(zip((row.pk for row in self.revisions), revisions, strict=True))

        def of_copy(key):
            return uuid.uuid5(item.translation_key, str(key))

        write(
            blank(row, revision=renamed.get(row.revision_id), uuid=of_copy(row.uuid), **itself)
            for row in self.log
        )
        subject = self.versions[0].subject_field
        write(
            blank(row, revision=renamed.get(row.revision_id), **{subject: item})
            for row in self.versions
        )
        write(
            blank(row, id=item.pk, history_id=None, change_set=of_copy(row.change_set))
            for row in self.ledger
        )
        return item


def blank(row, **fields):
    """A row with the same values but for ``fields``, which is not in the table yet."""
    copied = copy.copy(row)
    copied._state = copy.copy(row._state)
    copied._state.fields_cache = {}
    copied._state.adding = True
    copied.pk = None
    for name, value in fields.items():
        setattr(copied, name, value)
    return copied


def write(rows):
    """Write rows of one table."""
    rows = list(rows)
    type(rows[0])._base_manager.bulk_create(rows)


def analyse():
    """Let the database know what it holds, as its own housekeeping does."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def addresses(item):
    """The addresses that are measured, by name."""
    from django.urls import reverse

    return {
        "report": reverse("mentorship_cms_admin:upkeep_report"),
        "dashboard": reverse("wagtailadmin_home"),
        "history": reverse(type(item).snippet_viewset.get_url_name("history"), args=[item.pk]),
        "translations": reverse("mentorship_cms_admin:translations", args=["framework", item.pk]),
        "register": reverse("mentorship_cms_historicalcompetencyframework_modeladmin_index"),
    }


def bare_of(name):
    """The address of the bare page beside a page of the admin."""
    return f"/admin/bare-admin/{name}/"


def fit_bare_page(name, size, server):
    """Let a bare page send as many bytes."""
    from bench.models import BarePage

    bare = BarePage.objects.filter(slug=f"bare-admin-{name}")
    bare.update(body="")
    missing = size - len(server.fetch(bare_of(name), EDITOR))
    bare.update(body=" " * max(missing, 0))


# -- Measuring


def measure(server, situations, rounds):
    """Return the lines by (name, number of items)."""
    lines = defaultdict(Line)
    say("Counting queries of the editors' pages")
    for key, found in situations.items():
        server.use(key)
        for name, address in found.items():
            line = lines[name, key]
            for one in (address, bare_of(name)):
                server.fetch(one, EDITOR)
            line.queries, line.size = server.count(address, EDITOR)
            server.fetch(address, MENTOR)
            lines[f"{name}, mentor", key].queries, _ = server.count(address, MENTOR)
            line.bare_queries, _ = server.count(bare_of(name), EDITOR)
        with mock.patch("mentorship_cms.admin.upkeep.kept_items", return_value=[]):
            without, _ = server.count(found["dashboard"], EDITOR)
        lines["panel", key].queries = lines["dashboard", key].queries - without
    say(f"Measuring the editors' pages, {rounds} rounds")
    gc.disable()
    for number in range(rounds):
        gc.collect()
        for key, found in situations.items():
            server.use(key)
            for name, address in found.items():
                pair = (address, bare_of(name))
                times = {}
                for one in pair if number % 2 == 0 else reversed(pair):
                    times[one] = server.time(one, EDITOR)
                add(lines[name, key], *(times[one] for one in pair))
    gc.enable()
    return lines


# -- What came of it


def report(lines, options):
    """Print the lines and whether the aims hold; return whether an aim of queries is missed."""
    small, large = FEW, options.items
    rows, missed, slow = [], False, []
    for name, key in product(PAGES, (small, large)):
        line = lines[name, key]
        misses = ["queries"] if line.queries > QUERIES else []
        if line.queries != lines[name, small].queries:
            misses.append("not flat")
        if lines[f"{name}, mentor", key].queries != line.queries:
            misses.append("a mentor needs more")
        missed = missed or bool(misses)
        most = GROWTH[name]
        if most and line.ratio > most * lines[name, small].ratio:
            misses.append("grows")
            slow.append(name)
        rows.append([name, key, *columns(line), judgement(misses)])
    print(
        f"\nWhat editors open, each page against a bare page of the admin of as many bytes; "
        f"{options.rounds} rounds.\nEach item has {options.versions} versions. At most {QUERIES} "
        f"queries in all, as many with {large} items as with {small}, and as many for an "
        f"editor who is a mentor.\n"
        f"The dashboard is Wagtail's own; the plugin's panel has "
        f"{lines['panel', large].queries} of them.\n"
    )
    print_table(("page", "items", *COLUMNS, "aim"), rows)
    print("\nGrowth of the time from few items to many, page and bare page:\n")
    rows = []
    for name in PAGES:
        before, after = lines[name, small], lines[name, large]
        grown = growth(before.times, after.times), growth(before.bare_times, after.bare_times)
        rows.append([name, *grown])
    print_table(("page", "grows", "bare"), rows)
    print(
        f"\nQueries: {'an aim is missed' if missed else 'every aim holds'}. "
        f"Time: {'missed by ' + ', '.join(dict.fromkeys(slow)) if slow else 'every aim holds'}."
    )
    return missed
