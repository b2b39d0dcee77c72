"""Measure the workspace of mentors and mentees, with few and with very many evaluations around.

Each page is paired with a bare page of the site that sends as many bytes to the same person. On
SQLite times are the processor's, of this process, in which the database is too; on PostgreSQL
they are those of the clock. The list of the admin is paired with a page of the admin that holds
nothing. A save has nothing to be compared with: its queries are counted.
"""

import gc
import os
import re
import statistics
import time
import uuid
from collections import defaultdict
from itertools import product

from bench.pages import Server, add, say
from bench.records import Records
from bench.tables import COLUMNS, Line, columns, growth, judgement, print_table

#: How many evaluations the small database holds.
FEW = 100
AREAS, COMPETENCIES_PER_AREA = 9, 5
#: Evaluations of the mentee whose progress is measured, beside the open draft.
HISTORY = 20
#: Mentorships of the mentor who is measured.
OWN = 5
#: How many evaluations each of the other mentorships has, and how many people share them.
EACH, OTHERS = 10, 200

SHEET_RATIO = 2.5
#: How many times as long, beside the bare page, anything may take in the large database. More
#: than a noisy machine makes of the same time; looking through a table takes far more.
GROWTH = 1.5
#: For each page who opens it, and how many queries more than the bare page it may need.
PAGES = {
    "sheet": ("mentor", 6),
    "progress": ("mentor", 8),
    "home": ("mentor", 8),
    "admin": ("leader", 8),
}
#: The most queries of saving a sheet, the first time and when every rating changes.
SAVES = {"first save": 12, "later save": 12}
USERS = ("mentor", "leader")


class Workspace(Server):
    """The site with people who are signed in, on SQLite or on PostgreSQL."""

    def __init__(self, folder):
        from django.db import connection

        super().__init__(folder)
        self.cookies = {person: {} for person in (*self.cookies, *USERS)}
        self.on_postgres = connection.vendor == "postgresql"
        if self.on_postgres:
            self.clock = time.perf_counter_ns

    def new_database(self, original):
        if not self.on_postgres:
            return super().new_database(original)
        name = f"mentorship_bench_{os.getpid()}_{len(self.connections)}"
        copy = f' TEMPLATE "{original.settings_dict["NAME"]}"' if original else ""
        self.on_server(f'CREATE DATABASE "{name}"{copy}')
        return name

    @staticmethod
    def on_server(statement):
        """Run a statement of PostgreSQL that no transaction may hold."""
        from django.db import connections

        server = connections.create_connection("default")
        server.settings_dict = {**server.settings_dict, "NAME": "postgres"}
        try:
            with server.cursor() as cursor:
                cursor.execute(statement)
        finally:
            server.close()

    def close(self):
        super().close()
        if self.on_postgres:
            for made in self.connections.values():
                self.on_server(f'DROP DATABASE IF EXISTS "{made.settings_dict["NAME"]}"')

    def send(self, address, data, person):
        """Return the answer to a form that was sent."""
        request = self.posted(address, data, person)
        response = self.handler.get_response(request)
        if response.status_code != 302:
            raise RuntimeError(f"{address} answers a form with status {response.status_code}.")
        return response

    def posted(self, address, data, person):
        """Make the request of a form."""
        self.factory.cookies.clear()
        self.factory.cookies.load(self.cookies[person])
        request = self.factory.post(address, data)
        # The token against forged requests is taken for granted.
        request._dont_enforce_csrf_checks = True
        return request


def run(folder, options):
    """Build, measure, print; return whether an aim of queries is missed."""
    server = Workspace(folder)
    try:
        situations = build(server, options.evaluations)
        lines, saves = measure(server, situations, options.rounds)
    finally:
        server.close()
    return report(lines, saves, options)


# -- Before measuring


def build(server, many):
    """Make a database with few evaluations and one with many; return the addresses of each."""
    from django.core.management import call_command

    from bench import content

    say("Making the site")
    server.use(0)
    call_command("migrate", verbosity=0)
    content.make_site()
    content.make_project()
    content.make_framework(1, AREAS, COMPETENCIES_PER_AREA)
    make_people()
    for person in USERS:
        server.sign_in(person, person)
    say(f"Recording {FEW} evaluations")
    server.use(FEW, copy_of=0)
    own = make_own(FEW)
    say(f"Recording {many:,} evaluations")
    server.use(many, copy_of=FEW)
    make_others(many - FEW)
    analyse()
    situations = {}
    for key in (FEW, many):
        server.use(key)
        situations[key] = addresses(own)
        for name, (person, _more) in PAGES.items():
            found = server.fetch(situations[key][name], person)
            if name == "admin":
                # The frames of the two differ; the bytes need not.
                found = b'<main id="main"></main>'.ljust(len(found))
            content.fit_bare_page(
                bare_of(name),
                found,
                lambda address, person=person: server.fetch(address, person),
            )
    return situations


def analyse():
    """Let the database know what it holds, as its own housekeeping does."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def bare_of(name):
    """The address of the bare page beside a page of the workspace."""
    from bench.content import LANGUAGE

    if name == "admin":
        return "/admin/bare-admin/"
    return f"/{LANGUAGE}/section/bare-{name}/"


def make_people():
    """Make the people, and the bare pages that their pages are compared with."""
    from django.contrib.auth import get_user_model
    from django.contrib.auth.models import Group
    from wagtail.models import Page

    from bench.models import BarePage
    from mentorship_cms.services.setup import COORDINATORS

    section = Page.objects.get(slug="section")
    for name in PAGES:
        section.add_child(
            instance=BarePage(title="Bare", slug=f"bare-{name}", locale=section.locale)
        )
    users = get_user_model().objects
    names = [*USERS, "manager", "deputy", *(f"mentee{number}" for number in range(OWN))]
    for name in (*names, *(f"other{number}" for number in range(OTHERS))):
        users.create(username=name, first_name=name.title(), last_name="Person")
    users.get(username="leader").groups.add(Group.objects.get(name=COORDINATORS))


def make_own(total):
    """Record the mentorships of the mentor: one with a long history and a full draft, others."""
    from django.contrib.auth import get_user_model

    users = {user.username: user for user in get_user_model().objects.all()}
    records = Records()
    made = []
    for number in range(OWN):
        people = [users[f"mentee{number}"], users["mentor"], users["deputy"], users["manager"]]
        count = HISTORY if number == 0 else (total - HISTORY - OWN) // (OWN - 1)
        if number == OWN - 1:
            count += (total - HISTORY - OWN) % (OWN - 1)
        made.append(records.mentorship(people, closed=count, drafts=1, ratings=None))
    records.save()
    return made[0][0].public_id, made[0][1][-1].public_id, made[1][1][-1].public_id


def make_others(total):
    """Record evaluations in which nobody who is measured takes part, with few ratings each."""
    from django.contrib.auth import get_user_model

    others = list(get_user_model().objects.filter(username__startswith="other").order_by("pk"))
    counts = [EACH] * (total // EACH) + ([total % EACH] if total % EACH else [])
    for start in range(0, len(counts), 500):
        records = Records()
        for number, count in enumerate(counts[start : start + 500], start):
            people = [others[(number + step * 7) % OTHERS] for step in range(4)]
            records.mentorship(people, closed=count - 1, drafts=1, ratings=1)
        records.save()


def addresses(own):
    """The addresses that are measured, by name."""
    from django.urls import reverse
    from django.utils import translation

    from bench.content import LANGUAGE
    from mentorship_cms.models import Evaluation

    mentorship, full, blank = own
    with translation.override(LANGUAGE):
        return {
            "sheet": reverse("mentorship_cms:sheet_all", args=[full]),
            "progress": reverse("mentorship_cms:progress", args=[mentorship]),
            "home": reverse("mentorship_cms:home"),
            "first save": reverse("mentorship_cms:sheet_all", args=[blank]),
            "later save": reverse("mentorship_cms:sheet_all", args=[full]),
            "admin": reverse(Evaluation.snippet_viewset.get_url_name("list")),
        }


# -- Measuring


def filled_in(server, address, step):
    """The form of a sheet as a browser would send it, each competency with another level."""
    html = server.fetch(address, "mentor").decode()
    fields = dict(re.findall(r'name="(revision-[^"]+)"\s+value="(\d*)"', html))
    levels = list(dict.fromkeys(re.findall(r'name="answer-[^"]+"\s+value="([0-9a-f-]{36})"', html)))
    keys = [name.removeprefix("revision-") for name in fields]
    keys = [key for key in keys if is_key(key)]
    if len(keys) != AREAS * COMPETENCIES_PER_AREA or len(levels) < 2:
        raise RuntimeError(f"{address} has {len(keys)} competencies and {len(levels)} levels.")
    for number, key in enumerate(keys):
        fields[f"answer-{key}"] = levels[(number + step) % len(levels)]
        fields[f"remark-{key}"] = f"Seen on day {step}."
    return fields


def is_key(text):
    """Whether a name in a form is the key of a competency."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def measure(server, situations, rounds):
    """Return the lines of pages and those of saves, by (name, situation)."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    lines, saves = defaultdict(Line), defaultdict(Line)
    say("Counting queries of the workspace")
    for key, found in situations.items():
        server.use(key)
        for name, (person, _more) in PAGES.items():
            line = lines[name, key]
            for address in (found[name], bare_of(name)):
                server.fetch(address, person)
            line.queries, line.size = server.count(found[name], person)
            line.bare_queries, _ = server.count(bare_of(name), person)
        for name in SAVES:
            data = filled_in(server, found[name], 1)
            with CaptureQueriesContext(connection) as queries:
                server.send(found[name], data, "mentor")
            saves[name, key].queries = len(queries)
    say(f"Measuring the workspace, {rounds} rounds")
    gc.disable()
    for number in range(rounds):
        gc.collect()
        for key, found in situations.items():
            server.use(key)
            for name, (person, _more) in PAGES.items():
                pair = (found[name], bare_of(name))
                times = {}
                for address in pair if number % 2 == 0 else reversed(pair):
                    times[address] = server.time(address, person)
                add(lines[name, key], *(times[address] for address in pair))
            data = filled_in(server, found["later save"], number + 2)
            request = server.posted(found["later save"], data, "mentor")
            start = server.clock()
            server.handler.get_response(request)
            saves["later save", key].times.append((server.clock() - start) / 1e6)
    gc.enable()
    return lines, saves


# -- What came of it


def report(lines, saves, options):
    """Print the lines and whether the aims hold; return whether an aim of queries is missed."""
    small, large = FEW, options.evaluations
    rows, missed, slow = [], False, []
    for name, key in product(PAGES, (small, large)):
        line = lines[name, key]
        misses = ["queries"] if line.more > PAGES[name][1] else []
        if line.more != lines[name, small].more:
            misses.append("not flat")
        missed = missed or bool(misses)
        if name == "sheet" and line.ratio > SHEET_RATIO:
            misses.append("time")
        if line.ratio > GROWTH * lines[name, small].ratio:
            misses.append("grows")
        if {"time", "grows"} & set(misses):
            slow.append(name)
        rows.append([name, key, *columns(line), PAGES[name][1], judgement(misses)])
    print(
        f"\nThe workspace, each page against a bare page of as many bytes; {options.rounds} rounds."
        f"\nA sheet of {AREAS * COMPETENCIES_PER_AREA} competencies takes at most {SHEET_RATIO} "
        f"times as long. Progress is that of a mentee with {HISTORY} evaluations, home\n"
        f"that of a mentor with {OWN} mentorships, admin the first page of the list there. With "
        f"{large:,} evaluations\nas many queries as with {small}, and at most {GROWTH} times the "
        "ratio.\n"
    )
    print_table(("page", "evaluations", *COLUMNS, "at most", "aim"), rows)
    print("\nSaving every competency of a sheet in one form, all its queries:\n")
    rows = []
    for name, key in product(SAVES, (small, large)):
        line = saves[name, key]
        misses = ["queries"] if line.queries > SAVES[name] else []
        if line.queries != saves[name, small].queries:
            misses.append("not flat")
        missed = missed or bool(misses)
        before = saves[name, small].times
        if before and statistics.median(line.times) > GROWTH * statistics.median(before):
            misses.append("grows")
            slow.append(name)
        took = f"{statistics.median(line.times):.1f}" if line.times else ""
        rows.append([name, key, line.queries, SAVES[name], took, judgement(misses)])
    print_table(("save", "evaluations", "queries", "at most", "ms", "aim"), rows)
    print("\nGrowth of the time from the small to the large database, page and bare page:\n")
    rows = []
    for name in PAGES:
        before, after = lines[name, small], lines[name, large]
        grown = growth(before.times, after.times), growth(before.bare_times, after.bare_times)
        rows.append([name, *grown])
    for name in SAVES:
        before, after = saves[name, small], saves[name, large]
        if before.times:
            rows.append([name, growth(before.times, after.times), ""])
    print_table(("what", "grows", "bare"), rows)
    print(
        f"\nQueries: {'an aim is missed' if missed else 'every aim holds'}. "
        f"Time: {'missed by ' + ', '.join(dict.fromkeys(slow)) if slow else 'every aim holds'}."
    )
    return missed
