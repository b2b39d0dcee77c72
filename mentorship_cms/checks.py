"""System checks: what is missing in the host's settings, and how to mend it."""

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.cache import InvalidCacheBackendError, caches
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import NoReverseMatch, reverse

from . import conf

REQUIRED_APPS = {
    "simple_history": "the ledger of what was published",
    "wagtail_modeladmin": "the register of changes",
    "wagtail.contrib.routable_page": "the addresses of earlier versions",
    "wagtail.snippets": "frameworks and roles in the admin",
}
#: Eleven fields a competency: a framework of 80 competencies nears Django's own limit of 1,000.
LARGEST_FORM = 5000
HISTORY_MIDDLEWARE = "simple_history.middleware.HistoryRequestMiddleware"


def check_apps(app_configs, **kwargs):
    """E001: an app that the plugin needs is not installed."""
    return [
        checks.Error(
            f"mentorship_cms needs the app '{name}' ({purpose}).",
            hint=f"Add '{name}' to INSTALLED_APPS.",
            id="mentorship_cms.E001",
        )
        for name, purpose in REQUIRED_APPS.items()
        if not apps.is_installed(name)
    ]


def check_middleware(app_configs, **kwargs):
    """E002: without the middleware the ledger does not know who made a change."""
    if HISTORY_MIDDLEWARE in settings.MIDDLEWARE:
        return []
    return [
        checks.Error(
            "The ledger cannot tell who makes a change.",
            hint=f"Add '{HISTORY_MIDDLEWARE}' to MIDDLEWARE, after AuthenticationMiddleware.",
            id="mentorship_cms.E002",
        )
    ]


def check_settings(app_configs, **kwargs):
    """E003: a setting has a wrong type; E004: a setting that the plugin does not know."""
    problems = []
    for name, default in conf.DEFAULTS.items():
        value = conf.get(name)
        # A bool is an int to Python, not to who reads a setting.
        if not isinstance(value, type(default)) or isinstance(value, bool) != isinstance(
            default, bool
        ):
            problems.append(
                checks.Error(
                    f"{conf.PREFIX}{name} is {value!r}.",
                    hint=f"Give it a {type(default).__name__}, such as {default!r}.",
                    id="mentorship_cms.E003",
                )
            )
    problems += [
        checks.Error(
            f"There is no setting {name}.",
            hint="The settings are: "
            + ", ".join(conf.PREFIX + known for known in sorted(conf.DEFAULTS))
            + ".",
            id="mentorship_cms.E004",
        )
        for name in dir(settings)
        if name.startswith(conf.PREFIX) and name.removeprefix(conf.PREFIX) not in conf.DEFAULTS
    ]
    return problems


def check_base_template(app_configs, **kwargs):
    """E005: the template that the plugin's pages extend does not exist."""
    name = conf.get("BASE_TEMPLATE")
    try:
        get_template(name)
    except TemplateDoesNotExist:
        return [
            checks.Error(
                f"The base template '{name}' does not exist.",
                hint="Set MENTORSHIP_CMS_BASE_TEMPLATE to the template that your pages extend.",
                id="mentorship_cms.E005",
            )
        ]
    return []


def check_cache(app_configs, **kwargs):
    """E006: the cache for rendered bodies is not among CACHES."""
    alias = conf.get("CACHE_ALIAS")
    try:
        caches[alias]
    except InvalidCacheBackendError:
        return [
            checks.Error(
                f"There is no cache '{alias}'.",
                hint="Set MENTORSHIP_CMS_CACHE_ALIAS to one of the names in CACHES.",
                id="mentorship_cms.E006",
            )
        ]
    return []


def check_urls(app_configs, **kwargs):
    """E007: the addresses of the workspace are not included."""
    try:
        reverse("mentorship_cms:home")
    except NoReverseMatch:
        return [
            checks.Error(
                "The mentoring workspace has no address.",
                hint=(
                    'Add path("mentorships/", include("mentorship_cms.urls")) to the URL '
                    "configuration, before the addresses of Wagtail's pages."
                ),
                id="mentorship_cms.E007",
            )
        ]
    return []


def check_records(app_configs, **kwargs):
    """E008: mentorships or evaluations can be read by an API, a search or a chooser."""
    from wagtail.admin.viewsets import viewsets
    from wagtail.admin.viewsets.chooser import ChooserViewSet
    from wagtail.hooks import search_for_hooks
    from wagtail.search.index import class_is_indexed

    from .models.kinds import RECORDS

    search_for_hooks()
    chosen = {found.model for found in viewsets.viewsets if isinstance(found, ChooserViewSet)}
    problems = []
    for model in RECORDS:
        ways = {
            "api_fields": hasattr(model, "api_fields"),
            "a search index": class_is_indexed(model),
            "a chooser": model in chosen or model._meta.label in chosen,
        }
        problems += [
            checks.Error(
                f"{model.__name__} has {way}, so that people can read what is not theirs.",
                hint=f"Take {way} away from {model._meta.label}.",
                id="mentorship_cms.E008",
            )
            for way, found in ways.items()
            if found
        ]
    return problems


def check_interval(app_configs, **kwargs):
    """E009: texts would be due before they are checked."""
    months = conf.get("REVIEW_MONTHS")
    # Another type is E003.
    if not isinstance(months, int) or months >= 1:
        return []
    return [
        checks.Error(
            f"The interval between two checks of a text is {months} months.",
            hint="Set MENTORSHIP_CMS_REVIEW_MONTHS to 1 or more.",
            id="mentorship_cms.E009",
        )
    ]


def check_localize(app_configs, **kwargs):
    """E010: a release of wagtail-localize that would write over translations."""
    if not apps.is_installed("wagtail_localize"):
        return []
    write = getattr(
        apps.get_model("wagtail_localize", "TranslationSource"),
        "create_or_update_translation",
        None,
    )
    if getattr(write, "spares_editorial_items", False):
        return []
    return [
        checks.Error(
            "This wagtail-localize may write over translations of frameworks and roles.",
            hint="Install a release of mentorship_cms that knows it, or wagtail-localize 1.14.",
            id="mentorship_cms.E010",
        )
    ]


def check_mail(app_configs, **kwargs):
    """W003: mails are sent, and the links in them lead nowhere."""
    known = conf.get("BASE_URL") or getattr(settings, "WAGTAILADMIN_BASE_URL", "")
    if known or not conf.get("SEND_MAIL"):
        return []
    return [
        checks.Warning(
            "The links in the mails of the mentoring workspace have no beginning.",
            hint=(
                "Set MENTORSHIP_CMS_BASE_URL or WAGTAILADMIN_BASE_URL to the address of the "
                'intranet, such as "https://intranet.example.org", or '
                "MENTORSHIP_CMS_SEND_MAIL to False."
            ),
            id="mentorship_cms.W003",
        )
    ]


def check_sessions(app_configs, **kwargs):
    """W004: sessions are in the browser, and so is what people typed when they were signed out."""
    if settings.SESSION_ENGINE != "django.contrib.sessions.backends.signed_cookies":
        return []
    return [
        checks.Warning(
            "Sessions are cookies: what somebody typed as their session ended stays readable in "
            "the browser of a shared computer.",
            hint="Set SESSION_ENGINE to a backend that keeps sessions on the server.",
            id="mentorship_cms.W004",
        )
    ]


def check_form_size(app_configs, **kwargs):
    """W002: the form of a large framework has more fields than Django lets through."""
    limit = settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    if limit is None or limit >= LARGEST_FORM:
        return []
    return [
        checks.Warning(
            f"A form may have {limit} fields; that of a large framework has more.",
            hint=f"Set DATA_UPLOAD_MAX_NUMBER_FIELDS to {LARGEST_FORM} or more.",
            id="mentorship_cms.W002",
        )
    ]


def check_languages(app_configs, **kwargs):
    """W001: with i18n on, no language of the site is one the plugin has starter content for."""
    from .starter import LANGUAGES

    languages = dict(getattr(settings, "WAGTAIL_CONTENT_LANGUAGES", settings.LANGUAGES))
    if any(code.split("-")[0] in LANGUAGES for code in languages):
        return []
    return [
        checks.Warning(
            "No language of this site is one that mentorship_cms has starter content in.",
            hint=f"Starter content exists in: {', '.join(LANGUAGES)}.",
            id="mentorship_cms.W001",
        )
    ]


def register():
    """Register all checks; called once when the app is ready."""
    for check in (
        check_apps,
        check_middleware,
        check_settings,
        check_base_template,
        check_cache,
        check_urls,
        check_records,
        check_interval,
        check_localize,
        check_mail,
        check_sessions,
        check_form_size,
        check_languages,
    ):
        checks.register(check)
