from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.admin.panels import FieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page
from wagtail.search import index


class SectionBlock(blocks.StructBlock):
    heading = blocks.CharBlock(label=_("Heading"))
    anchor = blocks.RegexBlock(
        r"^[a-z][a-z0-9-]*$", label=_("Anchor"), help_text=_("Makes the section linkable.")
    )
    text = blocks.RichTextBlock(label=_("Text"), features=["bold", "italic", "ul", "ol", "link"])

    class Meta:
        icon = "doc-full"
        label = _("Section")


class PracticalPage(Page):
    """Arrangements that everybody looks up now and then, in short sections."""

    introduction = models.TextField(_("introduction"), blank=True)
    body = StreamField([("section", SectionBlock())], verbose_name=_("body"), blank=True)

    content_panels = Page.content_panels + [FieldPanel("introduction"), FieldPanel("body")]
    search_fields = Page.search_fields + [
        index.SearchField("introduction"),
        index.SearchField("body"),
    ]
    template = "intranet/practical.html"

    class Meta:
        verbose_name = _("practical page")
        verbose_name_plural = _("practical pages")
