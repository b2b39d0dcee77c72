"""The demonstration on one's own machine: never for a real site."""

import os

from django.core.management.utils import get_random_secret_key

from .base import *
from .base import ALLOWED_HOSTS, STORAGES, VAR_DIR

DEBUG = True
if DEBUG:
    ALLOWED_HOSTS = [*ALLOWED_HOSTS, "*"]

VAR_DIR.mkdir(exist_ok=True)


def kept_secret_key():
    """The key of this working copy, made once and readable by its owner only."""
    path = VAR_DIR / "secret-key"
    if not path.exists():
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(get_random_secret_key())
    return path.read_text()


SECRET_KEY = os.environ.get("SECRET_KEY") or kept_secret_key()

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
