"""A host with a base page of its own, and the three pages made from the plugin's mixins."""

from django.db import models
from wagtail.models import AbstractPage, DefaultBasePageMixin

from mentorship_cms.models import FrameworkPageMixin, ProjectPageMixin, RolePageMixin


class BasePage(DefaultBasePageMixin, AbstractPage):
    """The host's base page."""

    category = models.CharField(max_length=100, blank=True)


class OwnProjectPage(ProjectPageMixin, BasePage):
    """The mentoring project of this host."""

    template = "mentorship_cms/pages/project_page.html"


class OwnRolePage(RolePageMixin, BasePage):
    """A role of this host."""


class OwnFrameworkPage(FrameworkPageMixin, BasePage):
    """A framework of this host."""
