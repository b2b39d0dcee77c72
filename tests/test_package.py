"""The wheel: what it holds, and that it works in a site that knows nothing of this repository."""

import contextlib
import html
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import tarfile
import textwrap
import zipfile
from pathlib import Path

import pytest

from mentorship_cms import __version__

pytestmark = pytest.mark.package

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "mentorship_cms"

#: So that a site is made in less time; nothing is lost when the machine stops.
QUICK_DATABASE = """
DATABASES["default"]["OPTIONS"] = {"init_command": "PRAGMA synchronous = OFF"}
"""

DUTCH = """
LANGUAGE_CODE = "nl"
"""

THREE_LANGUAGES = """
LANGUAGE_CODE = "nl"
WAGTAIL_I18N_ENABLED = True
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("nl", "Dutch"), ("fr", "French"), ("en", "English")]
INSTALLED_APPS = ["wagtail.locales", "wagtail.contrib.simple_translation", *INSTALLED_APPS]
MIDDLEWARE.insert(3, "django.middleware.locale.LocaleMiddleware")
"""

OTHER_BASE_TEMPLATE = """
MENTORSHIP_CMS_BASE_TEMPLATE = "layouts/intranet.html"
"""

UUID_USERS = """
INSTALLED_APPS = ["people", *INSTALLED_APPS]
AUTH_USER_MODEL = "people.User"
"""

UUID_USER_MODEL = """
import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
"""

#: The end of the addresses of a site in several languages.
LANGUAGE_IN_ADDRESS = """
from django.conf.urls.i18n import i18n_patterns
urlpatterns = urlpatterns[:-2] + i18n_patterns(*urlpatterns[-2:])
"""

#: Run in the site: fetches the plugin's pages as a visitor does, and prints what came as JSON.
FETCH = """
import json
import django
django.setup()
from django.test import Client
import mentorship_cms
from mentorship_cms.models import FrameworkPage, MentoringProjectPage, RolePage
client = Client()
pages = []
for model in (MentoringProjectPage, RolePage, FrameworkPage):
    for page in model.objects.live():
        answer = client.get(page.url)
        pages.append({
            "kind": model.__name__,
            "title": page.title,
            "language": page.locale.language_code,
            "status": answer.status_code,
            "text": answer.content.decode(),
        })
print(json.dumps({"origin": mentorship_cms.__file__, "pages": pages}))
"""


def readme_settings():
    """What the README asks a developer to add to the settings of an existing site."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [block] = re.findall(r"Add to the settings:\s+?\n( *```python\n.*?)```", readme, re.DOTALL)
    text = textwrap.dedent(block).removeprefix("```python\n")
    for name in ("INSTALLED_APPS", "MIDDLEWARE"):
        text, found = re.subn("# … what you have.*", f"*{name},", text, count=1)
        assert found
    return "\n" + text


def readme_addresses():
    """What the README asks a developer to add to the addresses of an existing site."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [line] = re.findall(r'^ *(path\(.*include\("mentorship_cms\.urls"\)\)),$', readme, re.MULTILINE)
    return f"\nurlpatterns.insert(-1, {line})\n"


def run(command, folder, **variables):
    """Run a command away from the repository; return what it printed, or fail with it."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DJANGO", "PYTHON"))
    }
    result = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**environment, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, f"{command[1:]}\n{result.stdout}\n{result.stderr}"
    return result.stdout


class Site:
    """A bare site as `wagtail start` makes it, in a folder and an environment of its own."""

    def __init__(self, folder, python):
        self.folder = folder
        self.python = python

    @classmethod
    def start(cls, folder, python, settings):
        """Start a site, with these lines at the end of its settings."""
        folder.mkdir()
        start = "from wagtail.bin.wagtail import main; main()"
        run([python, "-c", start, "start", "bare", folder], folder)
        site = cls(folder, python)
        site.configure(settings + QUICK_DATABASE)
        site.configure(readme_addresses(), "urls.py")
        return site

    def configure(self, settings, name="settings/base.py"):
        """Add lines to the end of the settings, or of another module."""
        with (self.folder / "bare" / name).open("a") as file:
            file.write(settings)

    def copy(self, folder):
        shutil.copytree(self.folder, folder)
        return Site(folder, self.python)

    def manage(self, *arguments):
        return run([self.python, "manage.py", *arguments], self.folder)

    def script(self, text):
        return run(
            [self.python, "-c", text], self.folder, DJANGO_SETTINGS_MODULE="bare.settings.dev"
        )

    def query(self, statement):
        """Run one statement on the database; return the rows."""
        with contextlib.closing(sqlite3.connect(self.folder / "db.sqlite3")) as database, database:
            return database.execute(statement).fetchall()

    def home_page_id(self):
        [(key,)] = self.query("SELECT id FROM wagtailcore_page WHERE depth = 2 AND slug = 'home'")
        return key


@pytest.fixture(scope="session")
def distributions(tmp_path_factory):
    """The folder with the wheel and the source distribution, built once."""
    folder = tmp_path_factory.mktemp("dist")
    options = ["--no-isolation", "--wheel", "--sdist", "--outdir", folder]
    run([sys.executable, "-m", "build", *options, ROOT], folder)
    return folder


@pytest.fixture(scope="session")
def wheel(distributions):
    [path] = distributions.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def python(wheel, tmp_path_factory):
    """A Python that has the wheel installed, and finds the other packages where the tests do."""
    folder = tmp_path_factory.mktemp("environment")
    run([sys.executable, "-m", "venv", "--without-pip", folder], folder)
    python = folder / "bin/python"
    install = ["install", "--no-deps", "--no-index", "--no-warn-script-location", wheel]
    run([sys.executable, "-m", "pip", "--python", python, *install], folder)
    [packages] = folder.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


@pytest.fixture(scope="session")
def english_site(python, tmp_path_factory):
    """A migrated site in one language, exactly as Wagtail's start project is."""
    site = Site.start(tmp_path_factory.mktemp("english") / "site", python, readme_settings())
    site.manage("migrate", "--verbosity", "0")
    return site


@pytest.fixture(scope="session")
def dutch_site(english_site, tmp_path_factory):
    """A migrated site whose language is Dutch: what migrating with that setting makes."""
    site = english_site.copy(tmp_path_factory.mktemp("dutch") / "site")
    site.configure(DUTCH)
    site.query("UPDATE wagtailcore_locale SET language_code = 'nl'")
    return site


def check_pages(site, *languages):
    """Fetch what the setup made, and compare it with the starter content."""
    answer = json.loads(site.script(FETCH).splitlines()[-1])
    assert Path(answer["origin"]).is_relative_to(site.python.parent.parent)
    assert {page["status"] for page in answer["pages"]} == {200}
    expected = set()
    for language in languages:
        starter = {
            path.stem: json.loads(path.read_text(encoding="utf-8"))
            for path in (PACKAGE / "starter" / language).glob("*.json")
        }
        titles = [("MentoringProjectPage", starter["project"]["page"]["title"])]
        titles += [("FrameworkPage", starter["framework"]["page"]["title"])]
        titles += [("RolePage", role["page"]["title"]) for role in starter["roles"]["roles"]]
        expected |= {(kind, title, language) for kind, title in titles}
    made = [(page["kind"], page["title"], page["language"]) for page in answer["pages"]]
    assert len(made) == len(set(made))
    # A site of its own may call its only language by a longer name, such as en-us.
    assert {(kind, title, language[:2]) for kind, title, language in made} == expected
    for page in answer["pages"]:
        [title] = re.findall(r"<title>(.*?)</title>", page["text"], re.DOTALL)
        assert page["title"] in html.unescape(title)
    return answer["pages"]


# -- What the distributions hold


def test_the_wheel_holds_everything_that_runs_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tops = {name.split("/")[0] for name in names}
    assert tops == {"mentorship_cms", f"mentorship_cms-{__version__}.dist-info"}
    unwanted = ("__pycache__", ".pyc", "/tests/", "/site/", "/fixtures/", "/bench/")
    assert not [name for name in names if any(part in name for part in unwanted)]
    source = {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert source <= names


@pytest.mark.parametrize(
    "pattern",
    [
        r"mentorship_cms/py\.typed",
        r"mentorship_cms/migrations/0001_\w+\.py",
        r"mentorship_cms/templates/mentorship_cms/pages/\w+\.html",
        r"mentorship_cms/static/mentorship_cms/.+\.css",
        *(
            rf"mentorship_cms/starter/{language}/{name}\.json"
            for language in ("nl", "fr", "en")
            for name in ("roles", "project", "framework")
        ),
        *(
            rf"mentorship_cms/locale/{language}/LC_MESSAGES/django\.{ending}"
            for language in ("nl", "fr")
            for ending in ("po", "mo")
        ),
        r"mentorship_cms-[\d.]+\.dist-info/licenses/LICENSE",
    ],
)
def test_the_wheel_holds(wheel, pattern):
    with zipfile.ZipFile(wheel) as archive:
        assert [name for name in archive.namelist() if re.fullmatch(pattern, name)]


def test_the_wheel_says_what_it_needs(wheel):
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"mentorship_cms-{__version__}.dist-info/METADATA").decode()
    lines = metadata.splitlines()
    assert "Name: mentorship-cms" in lines
    assert f"Version: {__version__}" in lines
    assert "License-Expression: BSD-3-Clause" in lines
    assert "Requires-Python: >=3.11" in lines
    needs = [line.split(": ")[1] for line in lines if line.startswith("Requires-Dist: ")]
    assert {re.match(r"[\w-]+", need).group().lower() for need in needs} == {
        "django",
        "wagtail",
        "wagtail-modeladmin",
        "django-simple-history",
        "swapper",
    }
    assert not [need for need in needs if "<" in need or "==" in need]


def test_the_source_distribution_holds_the_package_alone(distributions):
    [path] = distributions.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = [name.split("/", 1)[1] for name in archive.getnames()]
    assert "mentorship_cms/__init__.py" in names
    assert not {name.split("/")[0] for name in names} & {
        "site",
        "fixtures",
        "bench",
        "var",
        ".venv",
    }


# -- The four steps in a bare site


def test_one_language(english_site, tmp_path):
    site = english_site.copy(tmp_path / "site")
    parent = site.home_page_id()
    site.manage("check", "--fail-level", "WARNING")
    site.manage("mentorship_setup", "--parent", parent, "--language", "en", "--dry-run")
    site.manage("mentorship_setup", "--parent", parent, "--language", "en")
    first = check_pages(site, "en")
    site.manage("mentorship_setup", "--parent", parent, "--language", "en")
    assert check_pages(site, "en") == first


def test_one_language_that_is_not_english(dutch_site, tmp_path):
    site = dutch_site.copy(tmp_path / "site")
    site.manage("mentorship_setup", "--parent", site.home_page_id(), "--language", "nl")
    check_pages(site, "nl")


def test_three_languages(dutch_site, tmp_path):
    site = dutch_site.copy(tmp_path / "site")
    site.configure(THREE_LANGUAGES)
    site.configure(LANGUAGE_IN_ADDRESS, "urls.py")
    parent = site.home_page_id()
    site.manage("check", "--fail-level", "WARNING")
    site.manage("mentorship_setup", "--parent", parent, "--language", "nl", "fr", "en")
    check_pages(site, "nl", "fr", "en")


def test_a_base_template_under_another_name(english_site, tmp_path):
    site = english_site.copy(tmp_path / "site")
    templates = site.folder / "bare/templates"
    (templates / "layouts").mkdir()
    base = (templates / "base.html").read_text()
    assert "</body>" in base
    (templates / "base.html").unlink()
    mark = "<!-- the layout of this intranet -->"
    (templates / "layouts/intranet.html").write_text(base.replace("</body>", f"{mark}</body>"))
    site.configure(OTHER_BASE_TEMPLATE)
    site.manage("check", "--fail-level", "WARNING")
    site.manage("mentorship_setup", "--parent", site.home_page_id(), "--language", "en")
    assert all(mark in page["text"] for page in check_pages(site, "en"))


def test_users_with_a_uuid_as_key(python, tmp_path):
    site = Site.start(tmp_path / "site", python, readme_settings() + UUID_USERS)
    (site.folder / "people").mkdir()
    (site.folder / "people/__init__.py").touch()
    (site.folder / "people/models.py").write_text(UUID_USER_MODEL)
    site.manage("makemigrations", "people", "--verbosity", "0")
    site.manage("migrate", "--verbosity", "0")
    site.manage("makemigrations", "mentorship_cms", "--check", "--dry-run")
    site.manage("mentorship_setup", "--parent", site.home_page_id(), "--language", "en")
    check_pages(site, "en")


@pytest.mark.parametrize(
    ("key", "languages"),
    [
        ("AutoField", [("de", "German"), ("nl", "Dutch")]),
        ("BigAutoField", [("en", "English")]),
    ],
)
def test_no_site_finds_migrations_missing(english_site, tmp_path, key, languages):
    site = english_site.copy(tmp_path / "site")
    site.configure(
        f'DEFAULT_AUTO_FIELD = "django.db.models.{key}"\n'
        f"LANGUAGE_CODE = {languages[0][0]!r}\n"
        f"LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = {languages!r}\n"
        "WAGTAIL_I18N_ENABLED = True\n"
    )
    site.manage("makemigrations", "mentorship_cms", "--check", "--dry-run")
