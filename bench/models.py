"""The page that the plugin's pages are compared with."""

from django.db import models
from wagtail.models import Page


class BarePage(Page):
    """The least that a Wagtail page can do: print a field that holds finished HTML."""

    body = models.TextField(blank=True)
    template = "bench/bare_page.html"
