"""One's own sheet: the task list, the check of the answers, sharing and taking back."""

from functools import cached_property

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.translation import get_language

from ..choices import Layout, Role, Side
from ..services import evaluations
from ..services.mentorships import layout_of, remember_layout
from ..services.sheets import (
    ratings_of,
    sheet_of,
    version_for_language,
)
from ..structures import AreaContent, CompetencyContent, FrameworkContent
from . import kept
from .base import EvaluationBaseView, messages_of


class OwnSheetView(EvaluationBaseView):
    """A page of the person's own sheet; who writes none here gets 404."""

    #: Whether a sheet that cannot be written any more, or for now, has this page too.
    for_readers = False

    def is_allowed(self):
        return self.access.side is not None

    @cached_property
    def sheet(self):
        """The sheet as it is stored, or None."""
        return sheet_of(self.evaluation, self.access.side)

    @cached_property
    def version(self):
        """The version in whose words the person rates."""
        if self.sheet is not None:
            return self.sheet.framework_version
        return version_for_language(self.evaluation, get_language())

    @property
    def content(self) -> FrameworkContent:
        return self.version.content

    @cached_property
    def ratings(self):
        """The stored ratings by key."""
        return ratings_of(self.sheet)

    def get(self, request, *args, **kwargs):
        if not self.evaluation.is_open:
            return self.go("evaluation", self.evaluation.public_id)
        if self.sheet is not None and self.sheet.is_shared and not self.for_readers:
            return self.go("sheet", self.evaluation.public_id)
        return self.show()

    def show(self, **context):
        """Answer with the page."""
        raise NotImplementedError

    def get_context(self):
        return super().get_context() | {
            # Without the fragment, which would hide what is wrong on the page that comes back.
            "here": self.request.path,
            "sheet": self.sheet,
            "version": self.version,
            "content": self.content,
            "is_mentor": self.access.side == Side.MENTOR,
            "mentee": self.access.access.person(Role.MENTEE),
            "words_language": (
                "" if self.version.language == get_language() else self.version.language
            ),
        }

    def state_of(self, key: str) -> str:
        """How far a competency is: "done", "begun" (a remark alone) or ""."""
        rating = self.ratings.get(key)
        if rating is None:
            return ""
        return "done" if rating.answer else "begun" if rating.remark else ""

    @cached_property
    def missing(self) -> list[CompetencyContent]:
        """The competencies without an answer."""
        return [one for one in self.content.competencies if self.state_of(one.key) != "done"]

    def address(self, name: str, *args) -> str:
        """The address of a page of this sheet."""
        return reverse(f"mentorship_cms:{name}", args=[self.evaluation.public_id, *args])

    @cached_property
    def layout(self) -> str:
        return layout_of(self.request.user)

    def address_of(self, area: AreaContent, competency: CompetencyContent | None = None) -> str:
        """Where to write on a competency, or on an area, in the layout that the person chose."""
        if self.layout == Layout.ALL:
            part = competency or area
            return self.address("sheet_all") + f"#{part.anchor}"
        if self.layout == Layout.AREA or competency is None:
            address = self.address("sheet_area", area.key)
            return f"{address}#{competency.anchor}" if competency else address
        return self.address("sheet_competency", competency.key)


class SheetView(OwnSheetView):
    """What there is to do on the sheet; once shared, what it says."""

    for_readers = True

    def show(self):
        if self.sheet is not None and self.sheet.is_shared:
            return self.render("sheet", is_shared=True, areas=answers_of(self))
        by_area = self.layout != Layout.COMPETENCY
        areas, first_missing = [], None
        for area in self.content.areas:
            states = [self.state_of(one.key) for one in area.competencies]
            done = states.count("done")
            rows = []
            for competency, state in zip(area.competencies, states, strict=True):
                if first_missing is None and state != "done":
                    # The page itself knows which of its questions comes first.
                    first_missing = self.address_of(area, competency).split("#")[0] + "#question"
                if not by_area:
                    rows.append((competency, state, self.address_of(area, competency)))
            areas.append(
                {
                    "area": area,
                    "rows": rows,
                    "done": done,
                    "count": len(states),
                    "begun": any(states),
                    "address": self.address_of(area),
                }
            )
        total = len(self.content.competencies)
        return self.render(
            "sheet",
            areas=areas,
            by_area=by_area,
            layouts=[(value, label, value == self.layout) for value, label in Layout.choices],
            rated=total - len(self.missing),
            total=total,
            next_address=first_missing,
        )


class LayoutView(OwnSheetView):
    """Remember how much of a sheet stands on one page."""

    def show(self):
        return self.go("sheet", self.evaluation.public_id)

    def post(self, request, *args, **kwargs):
        layout = request.POST.get("layout", "")
        if layout in Layout.values:
            remember_layout(user=request.user, layout=layout)
        return self.go("sheet", self.evaluation.public_id)


def answers_of(view: OwnSheetView) -> list[dict]:
    """All areas with their competencies and what the sheet says of them."""
    return [
        {
            "area": area,
            "rows": [
                (competency, view.ratings.get(competency.key), view.address_of(area, competency))
                for competency in area.competencies
            ],
        }
        for area in view.content.areas
    ]


class CheckView(OwnSheetView):
    """All answers with what is missing, and the button that shares them."""

    def show(self, error_list=(), incomplete=False):
        other = None
        if not self.evaluation.is_correction:
            sides = {Side.MENTOR: Side.MENTEE, Side.MENTEE: Side.MENTOR}
            other = sheet_of(self.evaluation, sides[self.access.side])
        missing = [
            (competency, self.address_of(area, competency))
            for area in self.content.areas
            for competency in area.competencies
            if self.state_of(competency.key) != "done"
        ]
        return self.render(
            "sheet_check",
            areas=answers_of(self),
            missing=missing,
            total=len(self.content.competencies),
            misses_date=self.access.side == Side.MENTOR and self.evaluation.observed_on is None,
            other_has_shared=other is not None and other.is_shared,
            incomplete=incomplete,
            error_list=error_list,
        )

    def post(self, request, *args, **kwargs):
        incomplete = "incomplete" in request.POST
        try:
            evaluations.share_sheet(
                user=request.user,
                evaluation_id=self.evaluation.public_id,
                incomplete=incomplete,
            )
        except ValidationError as error:
            fields = {"incomplete": "incomplete", "observed_on": "observed-on"}
            error_list = [
                (message, fields.get(name, ""))
                for name, said in messages_of(error).items()
                for message in said
            ]
            return self.show(error_list=error_list, incomplete=incomplete)
        return self.go("evaluation", self.evaluation.public_id, done="shared")


class TakeBackView(OwnSheetView):
    """Make the shared sheet a draft again, with a reason."""

    for_readers = True

    def show(self, reason="", errors=(), said=(), is_kept=False):
        if not errors and not said and (self.sheet is None or not self.sheet.is_shared):
            return self.go("sheet", self.evaluation.public_id)
        return self.render(
            "sheet_take_back",
            reason=reason,
            errors=errors,
            error_list=[*((message, "") for message in said), *((one, "reason") for one in errors)],
            is_kept=is_kept,
            writer_token=kept.writer_token(self.request.user),
        )

    def get(self, request, *args, **kwargs):
        if not self.evaluation.is_open:
            return self.go("evaluation", self.evaluation.public_id)
        fields = kept.kept_fields(request)
        reason = (fields or {}).get("reason", [""])[0]
        return self.show(reason=reason, is_kept=bool(reason))

    def post(self, request, *args, **kwargs):
        reason = request.POST.get("reason", "")
        try:
            evaluations.take_back_sheet(
                user=request.user, evaluation_id=self.evaluation.public_id, reason=reason
            )
        except ValidationError as error:
            messages = messages_of(error)
            return self.show(
                reason=reason, errors=messages.get("reason", ()), said=messages.get("", ())
            )
        kept.forget(request)
        return self.go("sheet", self.evaluation.public_id, done="taken_back")
