"""Settings of a host that translates with wagtail-localize, into one language more."""

from intranet.settings.test import *  # noqa: F403 - settings build on settings
from intranet.settings.test import INSTALLED_APPS, LANGUAGES

INSTALLED_APPS = [
    "wagtail_localize",
    "wagtail_localize.locales",
    # It takes the place of these two.
    *(
        app
        for app in INSTALLED_APPS
        if app not in ("wagtail.locales", "wagtail.contrib.simple_translation")
    ),
]
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [*LANGUAGES, ("de", "German")]
