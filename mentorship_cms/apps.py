"""The app's configuration."""

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class MentorshipCmsConfig(AppConfig):
    """Registers checks, signals and the references that protect what is in use."""

    name = "mentorship_cms"
    label = "mentorship_cms"
    verbose_name = _("Mentoring")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        """Wire the app to Django and Wagtail."""
        from wagtail.models import ReferenceIndex

        from . import checks, signal_handlers
        from .models import Assignment, FrameworkVersion, RoleVersion

        checks.register()
        signal_handlers.register()
        # So that deleting what has versions, or the account of somebody whom a mentorship
        # names, is a polite refusal (wagtail issue 12947).
        ReferenceIndex.register_model(Assignment)
        ReferenceIndex.register_model(FrameworkVersion)
        ReferenceIndex.register_model(RoleVersion)
        if apps.is_installed("wagtail_localize"):
            from . import localize

            localize.register()
