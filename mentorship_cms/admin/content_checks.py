"""The plugin's warnings among Wagtail's own content checks, beside the preview of a draft.

The preview marks each part with what there is to look at again (``content_check_marks``); a rule
for each sort of problem tells Wagtail's checker to list the parts that have its mark.
"""

from wagtail import hooks
from wagtail.admin.userbar import ContentCheckerItem

from ..services import content_checks

#: A check of the checker's own that always fails for what is no image: the mark alone decides.
_ALWAYS_FAILS = "has-alt"


def rule_of(code: str) -> dict:
    """The checker's rule that lists the parts with this mark."""
    return {
        "id": f"mentorship-{code}",
        "impact": "moderate",
        "selector": f'[data-mentorship-check~="{code}"]',
        # What is folded away is to be looked at as well.
        "excludeHidden": False,
        "tags": ["best-practice"],
        "any": [_ALWAYS_FAILS],
        "enabled": True,
    }


def add_rules(request, items, page=None):
    """Add our rules to the checker, whichever class the host chose for it.

    In the editor and on pages alike: the checker asks the previewed page, which must know them.
    """
    for item in items:
        if not isinstance(item, ContentCheckerItem):
            continue
        rules = [rule_of(code) for code in content_checks.CODES]
        item.axe_custom_rules = [*item.axe_custom_rules, *rules]
        if item.axe_run_only:
            item.axe_run_only = [*item.axe_run_only, *(rule["id"] for rule in rules)]
        item.axe_messages = item.axe_messages | {
            f"mentorship-{code}": {
                "error_name": content_checks.title(code),
                "help_text": content_checks.explanation(code),
            }
            for code in content_checks.CODES
        }


def register():
    """Add to the admin; after the hooks of the host, which may exchange the checker."""
    hooks.register("construct_wagtail_userbar", add_rules, order=1000)
