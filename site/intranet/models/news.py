from django.core.paginator import Paginator
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page, PageManager
from wagtail.query import PageQuerySet
from wagtail.search import index


class NewsIndexPage(Page):
    introduction = models.TextField(_("introduction"), blank=True)

    content_panels = Page.content_panels + [FieldPanel("introduction")]
    parent_page_types = ["intranet.HomePage"]
    subpage_types = ["intranet.NewsPage"]
    template = "intranet/news_index.html"

    class Meta:
        verbose_name = _("news overview")
        verbose_name_plural = _("news overviews")

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        articles = NewsPage.objects.child_of(self).live().latest_first()
        articles = articles.select_related("picture", "author")
        context["articles"] = Paginator(articles, 7).get_page(request.GET.get("page"))
        return context


class NewsPageQuerySet(PageQuerySet):
    def latest_first(self):
        return self.order_by("-date", "-pk")


class NewsPage(Page):
    date = models.DateField(_("date"))
    summary = models.CharField(_("summary"), max_length=255)
    author = models.ForeignKey(
        "intranet.Person",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("author"),
    )
    picture = models.ForeignKey(
        "wagtailimages.Image",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("picture"),
    )
    picture_text = models.CharField(
        _("what the picture shows"),
        max_length=255,
        blank=True,
        help_text=_("Read aloud to people who do not see the picture."),
    )
    body = RichTextField(
        _("body"), features=["h2", "h3", "bold", "italic", "ul", "ol", "link", "document-link"]
    )

    objects = PageManager.from_queryset(NewsPageQuerySet)()

    content_panels = Page.content_panels + [
        FieldPanel("date"),
        FieldPanel("author"),
        FieldPanel("summary"),
        MultiFieldPanel([FieldPanel("picture"), FieldPanel("picture_text")], _("Picture")),
        FieldPanel("body"),
    ]
    search_fields = Page.search_fields + [
        index.SearchField("summary"),
        index.SearchField("body"),
    ]
    parent_page_types = ["intranet.NewsIndexPage"]
    subpage_types = []
    template = "intranet/news.html"

    class Meta:
        verbose_name = _("news article")
        verbose_name_plural = _("news articles")

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        others = NewsPage.objects.sibling_of(self, inclusive=False).live().latest_first()
        context["others"] = others.select_related("picture")[:4]
        return context
