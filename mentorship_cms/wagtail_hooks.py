"""Registration with Wagtail, and nothing else."""

from wagtail.admin.admin_url_finder import register_admin_url_finder
from wagtail.snippets.models import register_snippet

from .admin import policies, records, registers, urls
from .admin.viewsets import MentoringViewSetGroup, VersionURLFinder
from .models import FrameworkVersion, RoleVersion

policies.register()
records.register()
register_snippet(MentoringViewSetGroup)
for version_model in (FrameworkVersion, RoleVersion):
    register_admin_url_finder(version_model, VersionURLFinder)
registers.register()
urls.register()
