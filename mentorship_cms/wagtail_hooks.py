"""Registration with Wagtail, and nothing else."""

from wagtail.snippets.models import register_snippet

from .admin.viewsets import MentoringViewSetGroup

register_snippet(MentoringViewSetGroup)
