"""A running demonstration of its own, and a browser that notices what goes wrong on a page."""

import fcntl
import os
import runpy
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.addresses import WORKSPACE

ROOT = Path(__file__).resolve().parent.parent.parent
MANAGE = ROOT / "site" / "manage.py"
#: Seconds that the demonstration may take to answer for the first time.
PATIENCE = 60
#: Milliseconds that a page, or something on it, may take to appear: generous for a busy machine.
TIMEOUT = 30_000
expect.set_options(timeout=TIMEOUT)


@pytest.fixture(scope="session")
def chromium():
    """Where Chromium is, under whichever name; asked first, as the rest takes its time."""
    names = runpy.run_path(str(ROOT / "run"))["BROWSERS"]
    executable = next(filter(None, map(shutil.which, names)), None)
    if executable is None:
        pytest.fail(
            f"the browser tests need Chromium, and none of {', '.join(names)} is on the PATH: "
            "install it (Debian: apt-get install chromium)",
            pytrace=False,
        )
    return executable


# -- The intranet


def surroundings(folder):
    """The environment of a demonstration whose database and uploads lie in ``folder``."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "intranet.settings.demo",
        "MENTORSHIP_VAR": str(folder),
        "MENTORSHIP_DB": "sqlite",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "site")]),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "PYTHONWARNINGS": "",
    }


def manage(folder, *arguments):
    """Run a management command to its end; return what it says, which a failure shows too."""
    result = subprocess.run(
        [sys.executable, MANAGE, *arguments],
        cwd=ROOT,
        env=surroundings(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="session")
def demonstration_folder(chromium, tmp_path_factory):
    """Database and uploads, as loaded: made by the first worker of xdist, and copied by each."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    loaded, complete = shared / "demonstration", shared / "demonstration-complete"
    with open(shared / "demonstration-lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            loaded.mkdir()
            manage(loaded, "migrate", "--verbosity", "0")
            manage(loaded, "load_demo")
            complete.touch()
    return shutil.copytree(loaded, tmp_path_factory.mktemp("intranet") / "var")


@pytest.fixture(scope="session")
def intranet(demonstration_folder):
    """The address of the running demonstration, such as ``http://127.0.0.1:41234``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    log = demonstration_folder.parent / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, MANAGE, "runserver", "--noreload", f"127.0.0.1:{port}"],
            cwd=ROOT,
            env=surroundings(demonstration_folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(f"{address}/nl/", server, log)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for(address, server, log):
    """Return as soon as the server answers."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            with urlopen(address, timeout=PATIENCE) as response:
                assert response.status == 200
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"the demonstration does not answer:\n{log.read_text()}", pytrace=False)


# -- The browser


class Watch:
    """Notes what goes wrong in a browser context: on the console, on the network, in scripts."""

    def __init__(self, context, intranet):
        self.intranet = intranet
        self.problems = []
        context.on("console", self._console)
        context.on("weberror", lambda error: self.problems.append(f"script: {error.error}"))
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.problems.append(f"console {message.type}: {message.text}")

    def _request(self, request):
        if not request.url.startswith((f"{self.intranet}/", "data:", "blob:")):
            self.problems.append(f"another host: {request.url}")

    def _failed(self, request):
        if request.failure == "net::ERR_ABORTED" and not request.is_navigation_request():
            return  # The browser itself gave it up, such as an icon, to go on to the next page.
        self.problems.append(f"failed: {request.url} ({request.failure})")

    def _response(self, response):
        if response.status >= 400:
            self.problems.append(f"status {response.status}: {response.url}")

    def take(self):
        """Return what has been noted since the last time."""
        problems, self.problems = self.problems, []
        return problems


# A sync Playwright keeps an event loop running in this thread, in which Django then refuses its
# database to other tests: so it lives no longer than the module that needs it.
@pytest.fixture(scope="module")
def browser(chromium):
    """A browser of this module."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def new_context(browser, intranet):
    """Return a function that opens a browser context, with a watch on it."""
    contexts = []

    def make(**options):
        options = {"viewport": {"width": 1280, "height": 900}, "locale": "nl-BE", **options}
        context = browser.new_context(base_url=intranet, **options)
        context.set_default_timeout(TIMEOUT)
        context.watch = Watch(context, intranet)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


def sign_in(page, username):
    """Fill in the form where one signs in, which is open on the page."""
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(f"{username}-demo")
    page.locator("main button[type=submit]").click()
    page.wait_for_url(lambda url: "/login/" not in url)


@pytest.fixture(scope="session")
def known_sessions():
    """The cookies of everybody who has signed in so far."""
    return {}


@pytest.fixture(scope="module")
def session_of(new_context, known_sessions):
    """Return a function that gives somebody's cookies, who signs in once as any colleague does."""

    def find(username):
        if username not in known_sessions:
            context = new_context()
            page = context.new_page()
            page.goto(f"/nl/login/?next={WORKSPACE}")
            sign_in(page, username)
            known_sessions[username] = context.storage_state()
            context.close()
        return known_sessions[username]

    return find


@pytest.fixture
def page_of(new_page, session_of):
    """Return a function that opens a page of somebody who has signed in."""

    def make(username, **options):
        return new_page(storage_state=session_of(username), **options)

    return make


@pytest.fixture
def new_page(new_context):
    """Return a function that opens a page; nothing may go wrong on it until the test ends."""
    contexts = []

    def make(**options):
        contexts.append(new_context(**options))
        return contexts[-1].new_page()

    yield make
    problems = [problem for context in contexts for problem in context.watch.take()]
    for context in contexts:
        context.close()
    assert not problems


@pytest.fixture
def page(new_page):
    """A page of a reader who has just opened the browser."""
    return new_page()
