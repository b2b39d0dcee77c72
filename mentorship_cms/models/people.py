"""Fields that name a person of the intranet."""

from django.conf import settings
from django.db import models


def loose_person_field(verbose_name):
    """A person whose account may go: what they did stays, without them."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=verbose_name,
    )
