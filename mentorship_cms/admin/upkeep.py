"""Keeping an item current: its page of upkeep, and what leads there from form and dashboard."""

from datetime import date

from django.core.exceptions import ValidationError
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.menu import MenuItem
from wagtail.admin.panels import Panel
from wagtail.admin.ui.components import Component
from wagtail.admin.widgets.button import Button
from wagtail.log_actions import LogFormatter

from .. import conf
from ..choices import UpkeepActKind
from ..forms.upkeep import ConfirmForm, HandOverForm, PlanForm, PostponeForm
from ..models import ProjectPageMixin
from ..models.upkeep import SOON
from ..permissions import editors_of, may_change
from ..services import upkeep
from ..services.translation_overview import is_multilingual
from ..services.upkeep_overview import keeps_anything, kept_items
from .history_lines import upkeep_phrase
from .items import ItemView, address
from .upkeep_report import Row, UpkeepReportView

#: How many acts the page tells of, the latest first.
MOST_ACTS = 20
#: How many items of each kind the dashboard names.
MOST_ON_DASHBOARD = 5


class UpkeepView(ItemView):
    """Until when an item is confirmed and who answers for it; and the four acts."""

    kinds = ("framework", "role", "page")
    page_title = _("Upkeep")
    header_icon = "calendar-check"
    template_name = "mentorship_cms/admin/upkeep.html"

    def post(self, request, *args, **kwargs):
        """Do what was asked; or the same page again with what is wrong, and what was typed."""
        acts = {
            "confirm": upkeep.confirm,
            "postpone": upkeep.postpone,
            "hand_over": upkeep.hand_over,
            "plan": upkeep.plan,
        }
        act = request.POST.get("act")
        form = None
        if act in acts:
            form = self.forms(act)[act]
            if form.is_valid():
                try:
                    kept = acts[act](item=self.item, user=request.user, **form.cleaned_data)
                except ValidationError as error:
                    form.add_error(None, error)
                else:
                    messages.success(request, self.told(act, kept))
                    return redirect(address("upkeep", self.item))
            for error in form.non_field_errors():
                messages.error(request, error)
            messages.error(request, gettext("Nothing is kept yet: see what is missing."))
        else:
            messages.error(request, gettext("Choose what you want to do."))
        return self.render_to_response(self.get_context_data(act=act, form=form))

    def told(self, act, kept) -> str:
        """What happened, in a sentence."""
        words = {
            "item": self.item,
            "date": date_format(kept.due_on, "DATE_FORMAT"),
            "name": kept.owner_name,
        }
        if act == "confirm":
            text = gettext("“%(item)s” is confirmed as still correct. Next check by %(date)s.")
        elif act == "hand_over" and kept.owner_name:
            text = gettext("%(name)s answers for “%(item)s” from now on.")
        elif act == "hand_over":
            text = gettext("“%(item)s” has no owner of its own any more.")
        else:
            text = gettext("Next check of “%(item)s” by %(date)s.")
        return text % words

    def forms(self, act=None) -> dict:
        """The forms by act; that of ``act`` holds what was sent."""
        kept = upkeep.upkeep_of(self.item)
        made = {
            "confirm": (ConfirmForm, {}),
            "postpone": (PostponeForm, {}),
            "hand_over": (HandOverForm, {"people": editors_of(self.item)}),
            "plan": (
                PlanForm,
                {
                    "site_interval": conf.get("REVIEW_MONTHS"),
                    "initial": {"months": kept.months if kept else None},
                },
            ),
        }
        return {
            name: form(self.request.POST if name == act else None, prefix=name, **fields)
            for name, (form, fields) in made.items()
        }

    def get_context_data(self, act=None, form=None, **kwargs):
        """Add the state, the forms of what is published (no alias), and the latest acts."""
        kept = upkeep.upkeep_of(self.item)
        context = super().get_context_data(**kwargs) | {"upkeep": kept}
        if kept is not None:
            context |= {
                "ownership": upkeep.ownership_of(self.item, kept),
                "interval": upkeep.interval_of(kept),
                "acts": kept.acts.all()[:MOST_ACTS],
            }
        if self.item.live and not getattr(self.item, "alias_of_id", None):
            context["forms"] = self.forms() | ({act: form} if form is not None else {})
        return context


class UpkeepPanel(Panel):
    """In the form of the item: until when it is confirmed, who answers for it, and the way on."""

    class BoundPanel(Panel.BoundPanel):
        """The panel in the form of one item."""

        template_name = "mentorship_cms/admin/upkeep_panel.html"

        class Media:
            css = {"all": ["mentorship_cms/admin.css"]}

        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.upkeep = upkeep.upkeep_of(self.instance) if self.instance.pk else None

        def is_shown(self):
            return super().is_shown() and self.upkeep is not None

        def get_context_data(self, parent_context=None):
            return super().get_context_data(parent_context) | {
                "upkeep": self.upkeep,
                "ownership": upkeep.ownership_of(self.instance, self.upkeep),
                "address": address("upkeep", self.instance),
            }


class UpkeepDashboardPanel(Component):
    """On the dashboard: what one has to check soon, and what nobody answers for."""

    name = "mentorship_upkeep"
    template_name = "mentorship_cms/admin/upkeep_dashboard.html"
    order = 205

    class Media:
        css = {"all": ["mentorship_cms/admin.css"]}

    def __init__(self, user):
        self.user = user

    def get_context_data(self, parent_context):
        due = kept_items(user=self.user, due_by=timezone.localdate() + SOON)
        groups = (
            (gettext("Yours"), [kept for kept in due if kept.owner == self.user]),
            (gettext("Without owner"), [kept for kept in due if kept.owner is None]),
        )
        return super().get_context_data(parent_context) | {
            "groups": [
                {
                    "heading": heading,
                    "rows": [Row(one) for one in kept[:MOST_ON_DASHBOARD]],
                    "more": max(0, len(kept) - MOST_ON_DASHBOARD),
                }
                for heading, kept in groups
                if kept
            ],
            "is_multilingual": is_multilingual(),
            "report_address": reverse("mentorship_cms_admin:upkeep_report"),
        }


class UpkeepReportMenuItem(MenuItem):
    """The report in Wagtail's menu of reports, for whoever has something to keep."""

    def is_shown(self, request):
        return keeps_anything(request.user)


def add_dashboard_panel(request, panels):
    """Show what is due on the dashboard of those who can do something about it."""
    panels.append(UpkeepDashboardPanel(request.user))


def register_log_actions(actions):
    """Tell Wagtail's log of the acts: a page's own history, and the history of the site."""
    for kind in UpkeepActKind:
        formatter = type("UpkeepFormatter", (UpkeepFormatter,), {"kind": kind})
        actions.register_action(kind.log_action)(formatter)


class UpkeepFormatter(LogFormatter):
    """An act of upkeep in words, with the remark that came with it. A subclass for each kind."""

    kind: UpkeepActKind

    @property
    def label(self):
        """What the act is called where one filters by it."""
        return format_lazy("{}: {}", _("Upkeep"), self.kind.label)

    def format_message(self, log_entry):
        due_on = date.fromisoformat(log_entry.data["due_on"])
        return upkeep_phrase(self.kind, due_on, log_entry.data["owner"])

    def format_comment(self, log_entry):
        return log_entry.data["remark"]


def page_button(page, user, view_name, next_url=None):
    """Lead from the menu of a project page to its upkeep."""
    if isinstance(page, ProjectPageMixin) and not page.alias_of_id and may_change(user, page):
        yield Button(_("Upkeep"), address("upkeep", page), icon_name="calendar-check", priority=66)


urlpatterns = [
    path("<str:kind>/<int:pk>/upkeep/", UpkeepView.as_view(), name="upkeep"),
    path("upkeep/", UpkeepReportView.as_view(), name="upkeep_report"),
    path(
        "upkeep/results/",
        UpkeepReportView.as_view(results_only=True),
        name="upkeep_report_results",
    ),
]


def register():
    """Add the dashboard's panel, the report's place in the menu, and the button of pages."""
    hooks.register("construct_homepage_panels", add_dashboard_panel)
    hooks.register("register_page_header_buttons", page_button)
    hooks.register("register_log_actions", register_log_actions)
    hooks.register(
        "register_reports_menu_item",
        lambda: UpkeepReportMenuItem(
            _("Upkeep of the mentoring project"),
            reverse("mentorship_cms_admin:upkeep_report"),
            name="mentorship-upkeep",
            icon_name="calendar-check",
            order=1150,
        ),
    )
