from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.models import Orderable, Page
from wagtail.search import index

from .news import NewsIndexPage, NewsPage
from .people import PeoplePage, Person


class HomePage(Page):
    welcome = models.CharField(_("welcome"), max_length=120)
    introduction = models.TextField(_("introduction"), blank=True)

    content_panels = Page.content_panels + [
        FieldPanel("welcome"),
        FieldPanel("introduction"),
        InlinePanel("quick_links", label=_("Quick link"), heading=_("Quick links")),
    ]
    search_fields = Page.search_fields + [
        index.SearchField("welcome"),
        index.SearchField("introduction"),
    ]
    template = "intranet/home.html"

    class Meta:
        verbose_name = _("home page")
        verbose_name_plural = _("home pages")

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        context["quick_links"] = self.links_to_show(request)
        context["directory"] = PeoplePage.objects.child_of(self).live().first()
        context["news_index"] = NewsIndexPage.objects.child_of(self).live().first()
        news = NewsPage.objects.descendant_of(self).live().latest_first()
        context["news"] = list(news.select_related("picture", "author")[:4])
        context["newcomers"] = Person.objects.newest(4)
        return context

    def links_to_show(self, request):
        """Quick links whose page exists: one that is not there yet is left out."""
        links = list(self.quick_links.all())
        pages = self.get_children().live().filter(slug__in={link.slug for link in links})
        pages = {page.slug: page for page in pages}
        for link in links:
            if link.slug in pages:
                link.url = pages[link.slug].get_url(request) + link.fragment
        return [link for link in links if link.slug in pages]


class QuickLink(Orderable):
    """A way in from the home page, to a page just beneath it."""

    ICONS = [
        ("calendar", _("calendar")),
        ("people", _("people")),
        ("help", _("help")),
        ("news", _("news")),
        ("leaf", _("leaf")),
        ("wallet", _("wallet")),
    ]

    page = ParentalKey(HomePage, on_delete=models.CASCADE, related_name="quick_links")
    title = models.CharField(_("title"), max_length=60)
    text = models.CharField(_("text"), max_length=120, blank=True)
    icon = models.CharField(_("icon"), max_length=20, choices=ICONS)
    slug = models.SlugField(
        _("page"),
        help_text=_("The last part of the address of a page beneath the home page."),
    )
    fragment = models.CharField(
        _("place on the page"),
        max_length=60,
        blank=True,
        help_text=_("For example #leave; empty for the top of the page."),
    )

    panels = [
        FieldPanel("title"),
        FieldPanel("text"),
        FieldPanel("icon"),
        FieldPanel("slug"),
        FieldPanel("fragment"),
    ]

    class Meta(Orderable.Meta):
        verbose_name = _("quick link")
        verbose_name_plural = _("quick links")

    def __str__(self):
        return self.title
