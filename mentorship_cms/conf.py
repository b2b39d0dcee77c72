"""Settings of the plugin: flat ``MENTORSHIP_CMS_*`` names, read on access, with a default here."""

from django.conf import settings

PREFIX = "MENTORSHIP_CMS_"

#: Every setting with its default. The type of the default is the type a host must give.
DEFAULTS = {
    # The host's own template that the plugin's pages extend.
    "BASE_TEMPLATE": "base.html",
    # Which of Django's caches keeps the rendered body of published versions.
    "CACHE_ALIAS": "default",
    # How long a rendered body is kept, in seconds. 0 switches the cache off.
    "BODY_CACHE_SECONDS": 24 * 60 * 60,
    # Where the plugin's entry stands in the menu of the Wagtail admin.
    "MENU_ORDER": 250,
    # Days after the mentor's signature from which a missing signature may be recorded.
    "SIGNATURE_DAYS": 14,
    # Whether to mail people that something waits for them.
    "SEND_MAIL": True,
    # Where links in mails begin, such as "https://intranet.example.org"; blank takes
    # WAGTAILADMIN_BASE_URL.
    "BASE_URL": "",
    # Months after which somebody confirms that a framework, role or project page is still correct.
    "REVIEW_MONTHS": 12,
}


def get(name: str):
    """Return the host's value of the setting ``MENTORSHIP_CMS_<name>``, or its default.

    Raises ``KeyError`` for a name that is not in :data:`DEFAULTS`.
    """
    default = DEFAULTS[name]
    return getattr(settings, PREFIX + name, default)
