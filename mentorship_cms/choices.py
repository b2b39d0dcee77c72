"""Choices shared by models, forms and templates. Imports nothing of the plugin."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CompetencyKind(models.TextChoices):
    """The three kinds of acquired competence an evaluation covers (domain: words of the field)."""

    KNOWLEDGE = "knowledge", _("knowledge")
    KNOW_HOW = "know_how", _("know-how")
    ATTITUDE = "attitude", _("attitude")


class Role(models.TextChoices):
    """Whose responsibilities a role description holds."""

    MANAGEMENT = "management", _("management")
    MENTOR = "mentor", _("mentor")
    DEPUTY_MENTOR = "deputy_mentor", _("deputy mentor")
    MENTEE = "mentee", _("mentee")
    LINE_MANAGER = "line_manager", _("line manager")
    COORDINATOR = "coordinator", _("coordinator")
    TRAINING_ORGANISATION = "training_organisation", _("training organisation")
    OTHER = "other", _("other")
