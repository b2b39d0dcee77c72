"""Writing down the talk: conclusion, needs, action points and what became of the earlier ones."""

from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from ..forms import evaluations as forms
from ..models import ActionPoint
from ..records import name_of
from ..services import evaluations as acts
from ..services.errors import StaleError
from ..services.evaluations.common import PARTS
from . import kept
from .base import EvaluationBaseView, messages_of
from .evaluations import ActView, number_from


class TalkView(ActView):
    """Conclusion, needs, action points, and what became of the earlier ones."""

    right = "may_talk"
    template = "talk"
    done = "talk"

    def enter(self, **kwargs):
        """Know who can be asked to do something."""
        super().enter(**kwargs)
        self.content = self.evaluation.framework_version.content
        self.owners = [
            (value, self._owner_label(value, label))
            for value, label in ActionPoint._meta.get_field("owner").choices
        ]

    def _owner_label(self, role, label):
        person = self.access.access.person(role)
        return f"{label} – {name_of(person)}" if person else label

    # The forms of a page, as stored, as typed, or as sent

    def _point(self, number, *args, **kwargs):
        return forms.PointForm(*args, prefix=f"point-{number}", owners=self.owners, **kwargs)

    def _stored(self):
        told = {
            outcome.action_point_id: outcome
            for outcome in self.evaluation.outcomes.select_related("action_point")
        }
        points = list(self.evaluation.action_points.all())
        talk = forms.TalkForm(
            initial={"conclusion": self.evaluation.conclusion, "needs": self.evaluation.needs}
        )
        rows = [
            forms.PointForm.of(point, prefix=f"point-{number}", owners=self.owners)
            for number, point in enumerate(points)
        ]
        rows += [self._point(len(rows) + extra) for extra in range(forms.EMPTY_POINTS)]
        outcomes = []
        for point in self.open_points:
            outcome = told.get(point.pk)
            initial = {"outcome": outcome.outcome, "note": outcome.note} if outcome else {}
            outcomes.append((point, self._outcome(point, initial=initial)))
        return talk, rows, outcomes

    def _outcome(self, point, *args, **kwargs):
        return forms.OutcomeForm(*args, prefix=f"outcome-{point.public_id}", **kwargs)

    def _typed(self, data, *, more=0):
        talk = forms.TalkForm.typed(data)
        rows = [
            forms.PointForm.typed(data, prefix=f"point-{number}", owners=self.owners)
            for number in range(self._count(data.get("rows", [""])[-1], more))
        ]
        outcomes = [
            (point, forms.OutcomeForm.typed(data, prefix=f"outcome-{point.public_id}"))
            for point in self.open_points
        ]
        return talk, rows, outcomes

    def _sent(self, data):
        talk = forms.TalkForm(data)
        rows = [self._point(number, data) for number in range(self._count(data.get("rows")))]
        outcomes = [(point, self._outcome(point, data)) for point in self.open_points]
        return talk, rows, outcomes

    @staticmethod
    def _count(text, more=0):
        return min(max(number_from(text), 0) + more, forms.MOST_POINTS)

    @property
    def open_points(self):
        """The action points of earlier evaluations whose outcome is asked."""
        if not hasattr(self, "_open_points"):
            readable = self.access.may_read
            self._open_points = acts.open_points(self.evaluation) if readable else []
        return self._open_points

    def get(self, request, **kwargs):
        """Show what is stored, or what was typed before the session ended."""
        if not self.is_possible():
            return self.go("evaluation", self.evaluation.public_id)
        fields = kept.kept_fields(request)
        found = self._typed(fields) if fields else self._stored()
        revision = number_from(fields["revision"][-1]) if fields and "revision" in fields else None
        return self.show_talk(*found, revision=revision, was_kept=bool(fields))

    def post(self, request, **kwargs):
        """Save, or offer one more row, or show what keeps it from being saved."""
        revision = number_from(request.POST.get("revision"))
        if "more" in request.POST:
            found = self._typed(dict(request.POST.lists()), more=1)
            return self.show_talk(*found, revision=revision)
        talk, rows, outcomes = found = self._sent(request.POST)
        every = [talk, *rows, *(form for _point, form in outcomes)]
        # A list, for each is asked: all messages come at once.
        if False in [form.is_valid() for form in every]:
            return self.show_talk(*found, revision=revision)
        filled = [row for row in rows if not row.is_left_out]
        try:
            acts.save_talk(
                user=request.user,
                evaluation_id=self.evaluation.public_id,
                revision=revision,
                points=[row.point() for row in filled],
                outcomes={
                    point.public_id: (form.cleaned_data["outcome"], form.cleaned_data["note"])
                    for point, form in outcomes
                },
                **talk.cleaned_data,
            )
        except ValidationError as error:
            self._place(messages_of(error), talk, filled, dict(outcomes))
            return self.show_talk(*found, revision=revision)
        except StaleError as error:
            return self._show_stale_talk(error, *found)
        kept.forget(request)
        return self.go("evaluation", self.evaluation.public_id, done=self.done)

    @staticmethod
    def _place(messages, talk, filled, outcomes):
        """Put the messages of the service by the row or text that they are about."""
        by_id = {str(point.public_id): form for point, form in outcomes.items()}
        for name, said in messages.items():
            subject, _dot, which = name.partition(".")
            if subject == "points" and which.isdecimal():
                filled[int(which)].add_messages({"text": said})
            elif subject == "outcomes" and which in by_id:
                by_id[which].add_messages({"outcome": said})
            else:
                talk.add_messages({name: said})

    def _show_stale_talk(self, error, talk, rows, outcomes):
        """Everything typed, what is stored beside it, and a row for what the other added."""
        self.evaluation.refresh_from_db()
        stored = error.stored.pop("points")
        differing = [
            (talk[name], text)
            for name, text in error.stored.items()
            if talk.cleaned_data[name] != text
        ]
        sent = [row for row in rows if not (row.is_left_out and not row.is_stored)]
        known = {row.cleaned_data.get("public_id") for row in sent}
        data = self.request.POST.copy()
        for row in sent:
            # What the other removed is added anew, so that nothing typed is lost.
            if row.cleaned_data.get("public_id") not in stored:
                data[row.add_prefix("public_id")] = ""
        found = dict(data.lists())
        talk, again, outcomes_again = self._typed(found)
        added = [point for public_id, point in stored.items() if public_id not in known]
        for point in added:
            again.append(
                forms.PointForm.of(point, prefix=f"point-{len(again)}", owners=self.owners)
            )
        told = {
            outcome.action_point.public_id: outcome
            for outcome in self.evaluation.outcomes.select_related("action_point")
        }
        for point, form in outcomes_again:
            if (outcome := told.get(point.public_id)) and not form["outcome"].value():
                form.initial = {"outcome": outcome.outcome, "note": outcome.note}
        return self.show_talk(
            talk,
            again,
            outcomes_again,
            revision=self.evaluation.revision,
            stale=error,
            differing=differing,
            stored_points=list(stored.values()),
            stored_outcomes=list(told.values()),
        )

    def show_talk(self, talk, rows, outcomes, *, revision=None, **context):
        """The page with all its forms."""
        every = [talk, *rows, *(form for _point, form in outcomes)]
        talk.keep_at(reverse("mentorship_cms:talk_keep", args=[self.evaluation.public_id]))
        return self.show(
            talk,
            rows=rows,
            outcomes=outcomes,
            areas=self.content.areas,
            content_language=self.evaluation.framework_version.language,
            revision=self.evaluation.revision if revision is None else revision,
            is_full=len(rows) >= forms.MOST_POINTS,
            error_list=[pair for form in every for pair in form.error_list()],
            **context,
        )


class KeepTalkView(EvaluationBaseView):
    """Keep a text of the talk while it is typed."""

    http_method_names = ["post", "options"]

    def is_allowed(self):
        """Whether the person writes at the talk."""
        return PARTS["may_talk"](self.access)

    def post(self, request, **kwargs):
        """Say when it was kept, or why it was not."""
        try:
            evaluation = acts.keep_talk_text(
                user=request.user,
                evaluation_id=self.evaluation.public_id,
                name=request.POST.get("name", ""),
                text=request.POST.get("text", "").replace("\r\n", "\n"),
                revision=number_from(request.POST.get("revision")),
            )
        except StaleError as error:
            return JsonResponse({"message": str(error.message)}, status=409)
        except ValidationError as error:
            said = [message for messages in messages_of(error).values() for message in messages]
            return JsonResponse({"message": " ".join(map(str, said))}, status=400)
        saved = date_format(timezone.localtime(), "TIME_FORMAT")
        return JsonResponse({"saved": saved, "revision": evaluation.revision})
