"""Addresses of the hosts that tests set up."""

from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

urlpatterns = [
    path("admin/", include(wagtailadmin_urls)),
    path("mentorships/", include("mentorship_cms.urls")),
    path("", include(wagtail_urls)),
]
