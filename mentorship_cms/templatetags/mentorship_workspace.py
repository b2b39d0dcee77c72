"""What the pages of the workspace share."""

from django import template
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.utils.html import strip_tags
from django.utils.safestring import mark_safe

register = template.Library()


@register.simple_tag(takes_context=True)
def page_title(context):
    """The text of the block ``workspace_title`` once more, without marks: for the window."""
    block = context.render_context[BLOCK_CONTEXT_KEY].get_block("workspace_title")
    # Rendered by the template, so what needed escaping was escaped there.
    return mark_safe(" ".join(strip_tags(block.render(context)).split()))  # noqa: S308
