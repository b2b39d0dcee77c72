"""Settings of the kills and races: the database as the demonstration has it, and nobody to mail."""

from intranet.settings.base import *  # noqa: F403
from intranet.settings.base import WAGTAILSEARCH_BACKENDS

SECRET_KEY = "only for measurements"  # noqa: S105
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MENTORSHIP_CMS_SEND_MAIL = False
WAGTAILSEARCH_BACKENDS = {"default": {**WAGTAILSEARCH_BACKENDS["default"], "AUTO_UPDATE": False}}
