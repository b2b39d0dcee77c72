"""Addresses of the plugin's own pages in the Wagtail admin, beneath ``mentorship/``."""

from django.urls import include, path
from wagtail import hooks

from . import arrange, consequences, content_checks, flags, translations, upkeep

app_name = "mentorship_cms_admin"
urlpatterns = [
    *upkeep.urlpatterns,
    *flags.urlpatterns,
    *consequences.urlpatterns,
    *translations.urlpatterns,
    *arrange.urlpatterns,
]


def register():
    """Add the addresses to the admin, and what each subject adds to it beside them."""
    patterns = [path("mentorship/", include((urlpatterns, app_name)))]
    hooks.register("register_admin_urls", lambda: patterns)
    for subject in (upkeep, content_checks):
        subject.register()
