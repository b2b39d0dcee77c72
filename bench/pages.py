"""Measure the plugin's pages against bare pages of the same size, depth and site.

A bare page prints finished HTML from one field, through the same base template: the least that a
page of the site can cost. Each page of the plugin is paired with one that sends as many bytes (when
signed in, but for the few by which their addresses differ).
Every round measures each pair in every situation, one right after the other, so that whatever
else the machine does falls on both. Times are the processor's, of this process: what other
programs do does not count, and the database is in this process too.

"first" is a first view: the plugin has to render the body of the page. "warm" is any later view.
"""

import gc
import shutil
import sys
import time
from collections import defaultdict
from itertools import product

from bench.tables import COLUMNS, Line, columns, growth, judgement, print_table

WARM_RATIO = 1.25
FIRST_RATIO = 2.3
MORE_QUERIES = 3

PEOPLE = ("signed out", "signed in")
VIEWS = ("first", "warm")


class Server:
    """The site, with a database for each situation; it answers requests in this process."""

    clock = staticmethod(time.thread_time_ns)

    def __init__(self, folder):
        from django.core.cache import caches
        from django.core.handlers.base import BaseHandler
        from django.test import RequestFactory

        self.folder = folder
        self.bodies = caches["bodies"]
        self.connections = {}
        self.cookies = {person: {} for person in PEOPLE}
        self.handler = BaseHandler()
        self.handler.load_middleware()
        self.factory = RequestFactory(SERVER_NAME="localhost")

    def use(self, situation, copy_of=None):
        """Answer from the database of ``situation``, begun as a copy of another one's."""
        from django.db import connections

        if situation not in self.connections:
            original = None
            if copy_of is not None:
                original = self.connections[copy_of]
                original.close()
            name = self.new_database(original)
            made = connections.create_connection("default")
            made.settings_dict = {**made.settings_dict, "NAME": name}
            self.connections[situation] = made
        connections["default"] = self.connections[situation]

    def new_database(self, original):
        """Make a database, as a copy of that of the connection ``original``; return its name."""
        path = self.folder / f"{len(self.connections)}.sqlite3"
        if original is not None:
            shutil.copyfile(original.settings_dict["NAME"], path)
        return str(path)

    def sign_in(self, person="signed in", username="reader"):
        """Let somebody sign in, once for all databases that are copied from this one."""
        from django.contrib.auth import get_user_model
        from django.test import Client

        client = Client()
        client.force_login(get_user_model().objects.get(username=username))
        self.cookies[person] = {name: morsel.value for name, morsel in client.cookies.items()}

    def close(self):
        """Close every database."""
        for connection in self.connections.values():
            connection.close()

    def request(self, address, person):
        """Make a request for ``address`` as it comes from a reader's browser."""
        self.factory.cookies.clear()
        self.factory.cookies.load(self.cookies[person])
        return self.factory.get(address)

    def fetch(self, address, person="signed out"):
        """Return the bytes of a page."""
        response = self.handler.get_response(self.request(address, person))
        if response.status_code != 200:
            raise RuntimeError(f"{address} answers with status {response.status_code}.")
        return response.content

    def count(self, address, person):
        """Return how many queries a page needs, and how many bytes it sends."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            content = self.fetch(address, person)
        return len(queries), len(content)

    def time(self, address, person):
        """Return how many milliseconds a page takes."""
        request = self.request(address, person)
        start = self.clock()
        self.handler.get_response(request)
        return (self.clock() - start) / 1e6


def run(folder, options):
    """Build, measure, print; return whether an aim of queries is missed."""
    server = Server(folder)
    try:
        situations = build(server, options)
        lines, plain = measure(server, situations, options.rounds)
    finally:
        server.close()
    return report(lines, plain, options.rounds)


# -- Before measuring


def build(server, options):
    """Make a database for each number of frameworks and versions; return the addresses of each.

    The key of a situation is (frameworks, versions); (0, 0) has no content of the plugin.
    """
    from django.core.management import call_command

    from bench import content

    many, old = options.frameworks, options.versions
    say("Making the site")
    server.use((0, 0))
    call_command("migrate", verbosity=0)
    content.make_site()
    server.sign_in()
    say("Making the mentoring project")
    server.use((1, 1), copy_of=(0, 0))
    content.make_project()
    say(f"Publishing {many} frameworks")
    server.use((many, 1), copy_of=(1, 1))
    content.add_frameworks(many)
    for count in (1, many):
        say(
            f"Publishing {old} versions, with {count} frameworks"
            if count > 1
            else f"Publishing {old} versions"
        )
        server.use((count, old), copy_of=(count, 1))
        content.add_versions(old)
    situations = {}
    for key in product((1, many), (1, old)):
        server.use(key)
        situations[key] = content.addresses()
        for name, address in situations[key].items():
            content.fit_bare_page(content.BARE[name], server.fetch(address), server.fetch)
    return situations


def say(text):
    """Tell what is going on."""
    print("· " + text, file=sys.stderr, flush=True)


# -- Measuring


def measure(server, situations, rounds):
    """Return the lines by (page, person, view, situation), and those of the plain page."""
    from bench import content

    lines, plain = defaultdict(Line), defaultdict(Line)
    largest = max(situations)
    pairs = [
        (key, name, person, address, content.BARE[name])
        for key, pages in situations.items()
        for name, address in pages.items()
        for person in PEOPLE
    ]
    say("Counting queries")
    for key, name, person, address, bare in pairs:
        server.use(key)
        server.fetch(bare, person)
        server.bodies.clear()
        for view in VIEWS:
            line = lines[name, person, view, key]
            line.queries, line.size = server.count(address, person)
            line.bare_queries, _ = server.count(bare, person)
    for person in PEOPLE:
        line = plain[person]
        for key in ((0, 0), largest):
            server.use(key)
            server.fetch(content.PLAIN, person)
            counted = server.count(content.PLAIN, person)
            if key == largest:
                line.queries, line.size = counted
            else:
                line.bare_queries, _ = counted
    say(f"Measuring, {rounds} rounds")
    gc.disable()
    for number in range(rounds):
        gc.collect()
        page_first = number % 2 == 0
        for key, name, person, address, bare in pairs:
            server.use(key)
            server.bodies.clear()
            for view in VIEWS:
                times = {}
                for which in (address, bare) if page_first else (bare, address):
                    times[which] = server.time(which, person)
                add(lines[name, person, view, key], times[address], times[bare])
        for person in PEOPLE:
            times = {}
            for key in (largest, (0, 0)) if page_first else ((0, 0), largest):
                server.use(key)
                times[key] = server.time(content.PLAIN, person)
            add(plain[person], times[largest], times[0, 0])
    gc.enable()
    return lines, plain


def add(line, page, bare):
    """Add the times of one round."""
    line.times.append(page)
    line.bare_times.append(bare)
    line.ratios.append(page / bare)


# -- What came of it


KEYS = ("page", "reader", "view", "frameworks", "versions")


def report(lines, plain, rounds):
    """Print the lines and whether the aims hold; return whether an aim of queries is missed."""
    rows, slow, missed = [], 0, False
    for (name, person, view, key), line in sorted(lines.items(), key=order):
        peers = [lines[other].more for other in lines if other[:3] == (name, person, view)]
        misses = []
        if line.ratio > (FIRST_RATIO if view == "first" else WARM_RATIO):
            misses.append("time")
            slow += 1
        if line.more > MORE_QUERIES:
            misses.append("queries")
        if len(set(peers)) > 1:
            misses.append("not flat")
        missed = missed or bool(set(misses) - {"time"})
        rows.append([name, person, view, *key, *columns(line), judgement(misses)])
    print(
        f"\nPages of the plugin, each against a bare page of as many bytes at the same depth; "
        f"{rounds} rounds.\nAims: a warm view takes at most {WARM_RATIO} times as long, a first "
        f"view {FIRST_RATIO} times; at most {MORE_QUERIES} queries more,\nand as many with any "
        f"number of frameworks, versions and pages.\n"
    )
    print_table((*KEYS, *COLUMNS, "aim"), rows)
    print("\nA page without the plugin, with its content in the database against before:\n")
    rows = []
    for person, line in plain.items():
        misses = ["queries"] if line.more > 0 else []
        missed = missed or bool(misses)
        rows.append(["plain", person, *columns(line), judgement(misses)])
    print_table(("page", "reader", *COLUMNS[:-1], "before", "aim"), rows)
    print("\nGrowth of the time from the smallest to the largest situation, page and bare page:\n")
    smallest, largest = min(key for *_, key in lines), max(key for *_, key in lines)
    rows = []
    for name, person, view in dict.fromkeys(other[:3] for other in sorted(lines, key=place)):
        before, after = lines[name, person, view, smallest], lines[name, person, view, largest]
        grown = growth(before.times, after.times), growth(before.bare_times, after.bare_times)
        rows.append([name, person, view, *grown])
    print_table((*KEYS[:3], "grows", "bare"), rows)
    print(
        f"\nQueries: {'an aim is missed' if missed else 'every aim holds'}. "
        f"Time: {f'missed in {slow} of {len(lines)} lines' if slow else 'every aim holds'}."
    )
    return missed


def order(item):
    """Sort lines by page as the reader meets them, then by situation."""
    return place(item[0])


def place(key):
    """Where a line stands in the table."""
    name, person, view, situation = key
    pages = ("project", "role", "framework")
    return pages.index(name), VIEWS.index(view), PEOPLE.index(person), situation
