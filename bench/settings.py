"""Settings of the measurements: the demonstration as a real site would run it."""

import os

from intranet.settings.base import *  # noqa: F403
from intranet.settings.base import CACHES, INSTALLED_APPS, STORAGES, WAGTAILSEARCH_BACKENDS

DEBUG = False
SECRET_KEY = "only for measurements"  # noqa: S105
INSTALLED_APPS = ["bench", *INSTALLED_APPS]

# The measurements make scratch databases, in a temporary folder or on the server of PostgreSQL,
# and say which one to use.
if os.environ.get("MENTORSHIP_DB", "sqlite") != "postgres":
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": ":memory:",
            "OPTIONS": {"init_command": "PRAGMA synchronous = OFF;"},
        }
    }

# Bodies in a cache of their own, so that they can be forgotten without Wagtail's own entries.
CACHES = {**CACHES, "bodies": {**CACHES["default"], "LOCATION": "bodies"}}
MENTORSHIP_CMS_CACHE_ALIAS = "bodies"

# Nobody searches here, and keeping the index up to date takes most of the time of a publication.
WAGTAILSEARCH_BACKENDS = {"default": {**WAGTAILSEARCH_BACKENDS["default"], "AUTO_UPDATE": False}}

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
