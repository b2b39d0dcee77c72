"""Writing down the talk: conclusion, needs, action points and what became of the earlier ones."""

from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from ..forms import talk as forms
from ..models import ActionPoint
from ..records import name_of
from ..services import evaluations as acts
from ..services.errors import StaleError
from ..services.evaluations.common import PARTS
from ..services.marks import mark
from . import kept
from .base import EvaluationBaseView, messages_of
from .evaluations import ActView, ReadingView, number_from


class TalkView(ActView, ReadingView):
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
            self._point(number, initial=forms.PointForm.initial_of(point))
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
        told = {point.public_id: form.values() for point, form in outcomes}
        try:
            self._save(revision, talk.values(), [row.point() for row in filled], told)
        except ValidationError as error:
            self._place(messages_of(error), talk, filled, dict(outcomes))
            return self.show_talk(*found, revision=revision)
        except StaleError as error:
            return self._join(error, *found)
        return self._saved()

    def _save(self, revision, texts, points, told):
        acts.save_talk(
            user=self.request.user,
            evaluation_id=self.evaluation.public_id,
            revision=revision,
            points=points,
            outcomes={key: (said["outcome"], said["note"]) for key, said in told.items()},
            **texts,
        )

    def _saved(self):
        kept.forget(self.request)
        return self.go("evaluation", self.evaluation.public_id, done=self.done)

    @staticmethod
    def _place(messages, talk, filled, outcomes):
        """Put the messages of the service by the row or text that they are about."""
        by_id = {str(point.public_id): form for point, form in outcomes.items()}
        for name, said in messages.items():
            subject, which, field = (*name.split("."), "", "")[:3]
            if subject == "points" and which.isdecimal():
                filled[int(which)].add_messages({field or "text": said})
            elif subject == "outcomes" and which in by_id:
                by_id[which].add_messages({"outcome": said})
            else:
                talk.add_messages({name: said})

    # When somebody else saved in between

    def _join(self, error, talk, rows, outcomes):
        """Save what was typed together with what another saved in between.

        Where both changed one thing, nothing is saved, and what is stored now stands beside it.
        """
        # The revision first: a save from now on is noticed by it.
        self.evaluation.refresh_from_db()
        stored = {name: getattr(self.evaluation, name) for name in talk.shared}
        texts, differing = talk.settle(stored)
        joined, stored_points = self._join_points(rows)
        told, told_forms, stored_outcomes, is_told_twice = self._join_outcomes(outcomes)
        if not (differing or joined.has_clash or is_told_twice):
            try:
                self._save(self.evaluation.revision, texts, joined.points, told)
                return self._saved()
            except (StaleError, ValidationError):
                # Somebody saved once more: all of it is read before it is saved again.
                pass
        return self.show_talk(
            forms.TalkForm.again(texts, stored),
            [self._point(place, initial=initial) for place, initial in enumerate(joined.initial)],
            told_forms,
            revision=self.evaluation.revision,
            stale=error,
            differing=[(talk[name], there) for name, there in differing.items()],
            stored_points=stored_points,
            stored_outcomes=stored_outcomes,
        )

    def _join_points(self, rows):
        stored = {point.public_id: point for point in self.evaluation.action_points.all()}
        joined, clashing = forms.JoinedPoints(), []
        for row in rows:
            there = stored.pop(row.cleaned_data.get("public_id"), None)
            if joined.add(row, there) and there is not None:
                clashing.append(there)
        for added in stored.values():
            joined.add_stored(added)
        return joined, clashing

    def _join_outcomes(self, outcomes):
        stored = {
            outcome.action_point_id: outcome
            for outcome in self.evaluation.outcomes.select_related("action_point")
        }
        told, shown, clashing, has_clash = {}, [], [], False
        for point, form in outcomes:
            outcome = stored.get(point.pk)
            there = {name: getattr(outcome, name, "") for name in form.shared}
            told[point.public_id], differing = form.settle(there)
            again = forms.OutcomeForm.again(told[point.public_id], there, prefix=form.prefix)
            shown.append((point, again))
            has_clash = has_clash or bool(differing)
            if differing and outcome is not None:
                clashing.append(outcome)
        return told, shown, clashing, has_clash

    def show_talk(self, talk, rows, outcomes, *, revision=None, **context):
        """The page with all its forms; whoever sees it reads what is agreed."""
        self.note_opening()
        error_list = talk.error_list()
        for number, row in enumerate(rows, 1):
            name = _("Action point %(number)s") % {"number": number}
            error_list += [(f"{name}: {message}", anchor) for message, anchor in row.error_list()]
        for point, form in outcomes:
            name = Truncator(point.text).chars(60)
            error_list += [(f"{name}: {message}", anchor) for message, anchor in form.error_list()]
        talk.keep_at(reverse("mentorship_cms:talk_keep", args=[self.evaluation.public_id]))
        return self.show(
            talk,
            rows=rows,
            outcomes=outcomes,
            areas=self.content.areas,
            content_language=self.evaluation.framework_version.language,
            revision=self.evaluation.revision if revision is None else revision,
            is_full=len(rows) >= forms.MOST_POINTS,
            error_list=error_list,
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
        name = request.POST.get("name", "")
        try:
            evaluation = acts.keep_talk_text(
                user=request.user,
                evaluation_id=self.evaluation.public_id,
                name=name,
                text=request.POST.get("text", "").replace("\r\n", "\n"),
                seen=request.POST.get("revision", ""),
            )
        except StaleError as error:
            return JsonResponse({"message": str(error.message)}, status=409)
        except ValidationError as error:
            said = [message for messages in messages_of(error).values() for message in messages]
            return JsonResponse({"message": " ".join(map(str, said))}, status=400)
        saved = date_format(timezone.localtime(), "TIME_FORMAT")
        return JsonResponse({"saved": saved, "revision": mark(getattr(evaluation, name))})
