"""Settings of a host that has a base page of its own."""

from pathlib import Path

from intranet.settings.test import *  # noqa: F403 - settings build on settings
from intranet.settings.test import INSTALLED_APPS, TEMPLATES

INSTALLED_APPS = [
    "tests.hosts.basepage",
    # The demonstration's pages build on Wagtail's base page.
    *(app for app in INSTALLED_APPS if app != "intranet"),
]
WAGTAIL_PAGE_MODEL = "basepage.BasePage"
ROOT_URLCONF = "tests.hosts.urls"
# The plainest base template of all.
TEMPLATES = [{**TEMPLATES[0], "DIRS": [Path(__file__).parent / "templates"]}]
MENTORSHIP_CMS_BASE_TEMPLATE = "plain.html"
