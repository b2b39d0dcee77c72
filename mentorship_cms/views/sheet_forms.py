"""The form of one's own sheet, which is the framework as it was published.

It is shown by competency, by area or at once; whatever the layout, a form saves the competencies
that are on it.
"""

from functools import cached_property

from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.formats import time_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from ..choices import Layout
from ..forms.sheets import (
    GENERAL_NAME,
    SheetForm,
    clean_revision,
    clean_text,
    entries_of,
    key_of,
    name_of,
)
from ..permissions import NotVisible
from ..services.errors import StaleError
from ..services.previous import earlier_of
from ..services.sheets import (
    Entry,
    save_entries,
)
from ..structures import AreaContent, CompetencyContent, FrameworkContent
from . import kept
from .base import messages_of
from .sheets import OwnSheetView


class FormView(OwnSheetView):
    """A form with some of the competencies. Saving asks who one is itself, under a lock."""

    def enter(self, evaluation_id, key=None, **kwargs):
        self.evaluation_id = evaluation_id
        self.key = str(key) if key else ""
        if self.request.method != "POST":
            self.look()

    def look(self):
        """Find the evaluation and what the form is about; raise ``NotVisible``."""
        super().enter(self.evaluation_id)
        if not self.knows_key(self.content):
            raise NotVisible

    def knows_key(self, content: FrameworkContent) -> bool:
        """Whether the version has what the address names."""
        return True

    def competencies(self) -> tuple[CompetencyContent, ...]:
        """The competencies on the form."""
        return ()

    def next_address(self, content: FrameworkContent, answered) -> str:
        """Where to go on: the next part without an answer, from here round; else the check."""
        raise NotImplementedError

    def get_form_context(self) -> dict:
        return {}

    def show(self):
        fields = kept.kept_fields(self.request)
        data = MultiValueDict(fields) if fields else None
        return self.show_form(data=data, is_kept=data is not None)

    def show_form(self, *, data=None, errors=None, conflicts=(), said=(), is_kept=False):
        """Answer with the form: as stored, or as typed with what is wrong with it."""
        form = SheetForm(
            self.content, self.sheet, self.ratings, data=data, errors=errors, conflicts=conflicts
        )
        competencies = self.competencies()
        earlier = {}
        if competencies:
            keys = None
            if len(competencies) < len(self.content.competencies):
                keys = [competency.key for competency in competencies]
            earlier = earlier_of(self.evaluation, self.access.side, keys)
        questions = form.questions(competencies, earlier)
        aim = next((one for one in questions if not one.answer), next(iter(questions), None))
        if aim is not None:
            aim.is_aim = True
        if len(competencies) == len(form.numbers) and len(self.content.areas) > 1:
            firsts = {
                area.competencies[0].key: area for area in self.content.areas if area.children
            }
            for question in questions:
                question.new_area = firsts.get(question.name)
        remark = form.remark()
        error_list = [(message, "") for message in said]
        for question in questions:
            error_list += [(message, question.anchor) for message in question.errors]
        error_list += [(message, remark.anchor) for message in remark.errors]
        shown = {question.name for question in questions} | {GENERAL_NAME}
        for key, messages in form.errors.items():
            if key not in shown:
                error_list += [(message, "") for message in messages]
        for question in questions:
            if question.conflict is not None:
                error_list.append((changed_elsewhere(question.competency), question.anchor))
        if remark.conflict is not None:
            error_list.append((_("The general remark was changed elsewhere."), remark.anchor))
        return self.render(
            "sheet_form",
            form=form,
            questions=questions,
            remark=remark,
            error_list=error_list,
            is_kept=is_kept,
            total=len(self.content.competencies),
            rated=len(self.content.competencies) - len(self.missing),
            writer_token=kept.writer_token(self.request.user),
            keep_address=self.address("sheet_keep"),
            **self.get_form_context(),
        )

    def post(self, request, *args, **kwargs):
        entries = entries_of(request.POST)
        if not entries:
            self.look()
            return self.get(request)
        try:
            saved = save_entries(
                user=request.user,
                evaluation_id=self.evaluation_id,
                language=get_language(),
                entries=entries,
            )
        except ValidationError as error:
            self.look()
            errors = {name_of(key): said for key, said in messages_of(error).items()}
            # Without a field it is about the sheet as a whole.
            said = () if hasattr(error, "error_dict") else errors.pop(GENERAL_NAME)
            return self.show_form(data=request.POST, errors=errors, said=said)
        except StaleError as error:
            self.look()
            return self.show_form(
                data=request.POST, conflicts=error.stored, said=[str(StaleError.message)]
            )
        kept.forget(request)
        content = saved.sheet.framework_version.content
        if not self.knows_key(content):
            return self.go("sheet", self.evaluation_id, done="saved")
        if "back" in request.POST:
            return self.go("sheet", self.evaluation_id, done="saved", fragment=self.row(content))
        response = self.go("sheet_check", self.evaluation_id)
        address = self.next_address(content, saved.answered)
        if address:
            response.headers["Location"] = address + "#question"
        return response

    def row(self, content: FrameworkContent) -> str:
        """The row of the task list from which one came."""
        return ""

    def address(self, name, *args):
        return reverse(f"mentorship_cms:{name}", args=[self.evaluation_id, *args])


def changed_elsewhere(competency: CompetencyContent) -> str:
    """Say which competency has another answer now than when the form was opened."""
    return _("“%(name)s” was changed elsewhere.") % {"name": coded(competency)}


def coded(part: AreaContent | CompetencyContent) -> str:
    """The name of a part with its code."""
    return f"{part.code} {part.title}".strip()


def from_here_round(parts, key) -> list:
    """The parts after the one with that key, then those before it."""
    place = next(place for place, part in enumerate(parts) if part.key == key)
    return [*parts[place + 1 :], *parts[:place]]


class CompetencyView(FormView):
    """The form of one competency."""

    def knows_key(self, content):
        return any(competency.key == self.key for competency in content.competencies)

    @cached_property
    def area(self):
        return next(
            area
            for area in self.content.areas
            if any(competency.key == self.key for competency in area.competencies)
        )

    def competencies(self):
        return tuple(one for one in self.area.competencies if one.key == self.key)

    def next_address(self, content, answered):
        for competency in from_here_round(content.competencies, self.key):
            if competency.key not in answered:
                return self.address("sheet_competency", competency.key)
        return ""

    def row(self, content):
        return next(one.anchor for one in content.competencies if one.key == self.key)

    def get_form_context(self):
        return {
            "area": self.area,
            "layout": Layout.COMPETENCY,
            "window_title": coded(self.competencies()[0]),
        }


class AreaView(FormView):
    """The form of one area."""

    def knows_key(self, content):
        return any(area.key == self.key for area in content.areas)

    @cached_property
    def area(self):
        return next(area for area in self.content.areas if area.key == self.key)

    def competencies(self):
        return self.area.competencies

    def next_address(self, content, answered):
        for area in from_here_round(content.areas, self.key):
            if any(competency.key not in answered for competency in area.competencies):
                return self.address("sheet_area", area.key)
        return ""

    def row(self, content):
        return next(area.anchor for area in content.areas if area.key == self.key)

    def get_form_context(self):
        return {"area": self.area, "layout": Layout.AREA, "window_title": coded(self.area)}


class AllView(FormView):
    """The form of the whole sheet."""

    def competencies(self):
        return self.content.competencies

    def next_address(self, content, answered):
        return ""

    def get_form_context(self):
        return {"layout": Layout.ALL, "window_title": _("Your sheet"), "with_remark": True}


class RemarkView(FormView):
    """The general remark of the sheet."""

    def next_address(self, content, answered):
        return ""

    def row(self, content):
        return "general-remark"

    def render(self, template, **context):
        return super().render("sheet_remark", **context)


class KeepView(FormView):
    """Keep one text while it is typed; the answer beside it stays as it is stored."""

    def get(self, request, *args, **kwargs):
        return self.http_method_not_allowed(request)

    def post(self, request, *args, **kwargs):
        key = key_of(request.POST.get("name", ""))
        entry = Entry(
            key=key,
            answer=None,
            remark=clean_text(request.POST.get("text", "")),
            revision=clean_revision(request.POST.get("revision", "")),
        )
        try:
            saved = save_entries(
                user=request.user,
                evaluation_id=self.evaluation_id,
                language=get_language(),
                entries=[entry],
            )
        except ValidationError as error:
            return JsonResponse({"message": " ".join(error.messages)}, status=422)
        except StaleError:
            message = _("This was changed elsewhere. Save the page to see both texts.")
            return JsonResponse({"message": message}, status=409)
        at = time_format(timezone.localtime(saved.saved_at), "TIME_FORMAT")
        return JsonResponse({"saved": at, "revision": saved.revisions[key]})
