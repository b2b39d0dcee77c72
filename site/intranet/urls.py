"""Addresses of the demo intranet: pages and tools carry their language in front."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.conf.urls.static import static
from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from intranet import views

urlpatterns = [
    path("django-admin/", admin.site.urls),
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    *(static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)),
    *i18n_patterns(
        path("login/", views.SignInView.as_view(), name="login"),
        path("logout/", LogoutView.as_view(), name="logout"),
        path("search/", views.search, name="search"),
        path("mentorships/", include("mentorship_cms.urls")),
        # Anything else is a page.
        path("", include(wagtail_urls)),
    ),
]
