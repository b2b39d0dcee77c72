"""Pages about one evaluation: reading it, and every act on it but writing a sheet."""

from django.core.exceptions import ValidationError

from ..choices import OpenedPart, Role, Side
from ..forms import evaluations as forms
from ..permissions import today, unsigned_roles
from ..records import name_of
from ..services import evaluation_history, newer_versions, reading
from ..services import evaluations as acts
from ..services.content import digest_of
from ..services.errors import StaleError
from ..services.evaluations.common import PARTS
from ..services.mentorships import record_opening
from . import kept
from .base import EvaluationBaseView, messages_of


def number_from(text) -> int:
    """A whole number that a form sent; -1 for anything else, which no revision is."""
    try:
        return int(text)
    except (TypeError, ValueError):
        return -1


class ReadingView(EvaluationBaseView):
    """A page that shows what the person may read, and says so to the mentee."""

    def note_opening(self) -> None:
        """Note that somebody opened this, when there is content to read."""
        if self.access.may_read:
            record_opening(
                self.access.access,
                part=OpenedPart.EVALUATION,
                subject=self.evaluation.public_id,
            )


class EvaluationView(ReadingView):
    """The evaluation: what comes next, and all that the person may read."""

    def get(self, request, **kwargs):
        """Show it; to who takes no part, only kind, state and dates."""
        if not self.access.takes_part:
            return self.render("evaluation_state", reading=reading.read(self.access))
        self.note_opening()
        differ = request.GET.get("differ") == "1"
        found = reading.read(self.access, differ=differ)
        if found.earlier_points:
            record_opening(self.access.access, part=OpenedPart.AGREED)
        mentee = name_of(self.access.access.person(Role.MENTEE))
        return self.render(
            "evaluation",
            reading=found,
            differ=differ,
            other_side=self.other_side,
            mentee_name=mentee,
        )

    @property
    def other_side(self) -> str:
        """The side whose sheet is not the person's own."""
        return Side.MENTEE if self.access.own_side == Side.MENTOR else Side.MENTOR


class ActView(EvaluationBaseView):
    """A page with the form of one act. ``right`` names the right to it in the access.

    Who takes no part in the act gets 404. Who does, but not now, is sent to the evaluation;
    what they had typed is shown again with the reason.
    """

    right: str
    template: str
    form_class: type[forms.WorkspaceForm] = forms.EmptyForm
    #: Known to the page that the person is sent to afterwards.
    done = ""

    def is_allowed(self):
        """Whether the person takes part in such an act, whatever the state."""
        return bool(getattr(self.access, self.right)) or PARTS[self.right](self.access)

    def is_possible(self) -> bool:
        """Whether there is a page to show now."""
        return bool(getattr(self.access, self.right))

    def get_initial(self) -> dict:
        """What the form holds at first."""
        return {}

    def get_form_options(self) -> dict:
        """What the form needs beside data."""
        return {}

    def act(self, form):
        """Do it with what is valid, and return where to go, or None for the evaluation."""
        raise NotImplementedError

    def get(self, request, **kwargs):
        """Show the form, with what was typed before the session ended."""
        if not self.is_possible():
            return self.go("evaluation", self.evaluation.public_id)
        options = self.get_form_options()
        if fields := kept.kept_fields(request):
            form = self.form_class.typed(fields, **options)
        else:
            form = self.form_class(initial=self.get_initial(), **options)
        return self.show(form, was_kept=bool(fields))

    def post(self, request, **kwargs):
        """Do it, or show the form again with what was typed."""
        form = self.form_class(request.POST, **self.get_form_options())
        if form.is_valid():
            try:
                answer = self.act(form)
            except ValidationError as error:
                form.add_messages(messages_of(error))
            except StaleError as error:
                return self.show_stale(form, error)
            else:
                kept.forget(request)
                return answer or self.go("evaluation", self.evaluation.public_id, done=self.done)
        return self.show(form)

    def show(self, form, **context):
        """The page with the form."""
        context = {"error_list": form.error_list()} | context
        token = kept.writer_token(self.request.user)
        return self.render(self.template, form=form, writer_token=token, **context)

    def show_stale(self, form, error):
        """The page again, after somebody else saved."""
        self.evaluation.refresh_from_db()
        return self.show(form, stale=error)


class DetailsView(ActView):
    """Dates and situation."""

    right = "may_edit_details"
    template = "evaluation_details"
    form_class = forms.DetailsForm
    done = "details"

    def get_initial(self):
        """What is stored."""
        return {name: getattr(self.evaluation, name) for name in forms.DetailsForm.base_fields}

    def act(self, form):
        """Save, together with what somebody else saved since the form was opened."""
        try:
            self._save(number_from(self.request.POST.get("revision")), form.values())
        except StaleError:
            self.evaluation.refresh_from_db()
            self.stored = {name: getattr(self.evaluation, name) for name in form.shared}
            self.values, self.clashes = form.settle(self.stored)
            if self.clashes:
                raise
            self._save(self.evaluation.revision, self.values)

    def _save(self, revision, values):
        acts.change_details(
            user=self.request.user,
            evaluation_id=self.evaluation.public_id,
            revision=revision,
            **values,
        )

    def show(self, form, **context):
        """With the revision that the form starts from, and "today" for the date picker."""
        revision = number_from(self.request.POST.get("revision", self.evaluation.revision))
        return super().show(form, **{"revision": revision} | context)

    def show_stale(self, form, error):
        """With what is stored now by each field that both changed."""
        differing = [(form[name], there) for name, there in self.clashes.items()]
        again = forms.DetailsForm.again(self.values, self.stored)
        revision = self.evaluation.revision
        return self.show(again, stale=error, differing=differing, revision=revision)


class DiscardView(ActView):
    """Drop an evaluation in which no sheet is shared."""

    right = "may_discard"
    template = "evaluation_discard"
    form_class = forms.ReasonForm
    done = "discarded"

    def get_form_options(self):
        """The reason is not asked for more than it is worth."""
        return {"label": forms.DISCARD_LABEL}

    def act(self, form):
        """Drop it."""
        acts.discard(
            user=self.request.user,
            evaluation_id=self.evaluation.public_id,
            reason=form.cleaned_data["reason"],
        )


class VersionView(ActView):
    """Move a draft to the newest version of the framework, after reading what differs."""

    right = "may_move"
    template = "evaluation_version"
    done = "moved"

    def enter(self, **kwargs):
        """Find out what moving would do."""
        super().enter(**kwargs)
        self.move = newer_versions.move_of(self.access) if self.access.may_move else None

    def is_possible(self):
        """Whether there is a newer version."""
        return self.move is not None

    def act(self, form):
        """Move, if the version that was read is still the newest."""
        acts.move_to_newest(
            user=self.request.user,
            evaluation_id=self.evaluation.public_id,
            number=number_from(self.request.POST.get("version")),
        )

    def show_stale(self, form, error):
        """With what differs from the version that came in between."""
        self.move = newer_versions.move_of(self.access)
        return super().show_stale(form, error)

    def show(self, form, **context):
        """With all that differs."""
        return super().show(form, move=self.move, **context)


class RevealView(ActView):
    """Go on without the mentee's sheet."""

    right = "may_reveal"
    template = "evaluation_reveal"
    done = "revealed"

    def act(self, form):
        """Make the mentor's sheet readable."""
        acts.reveal_without_mentee(user=self.request.user, evaluation_id=self.evaluation.public_id)

    def show(self, form, **context):
        """With whether the mentor's own sheet is shared, which comes first."""
        found = reading.read(self.access)
        return super().show(form, reading=found, **context)


class MissingView(ActView):
    """Record that a signature is missing, and why."""

    right = "may_record_missing"
    template = "signature_missing"
    form_class = forms.MissingForm
    done = "missing"

    def get_form_options(self):
        """Only roles that have not signed can be missing."""
        return {"roles": unsigned_roles(self.evaluation.signatures.all())}

    def act(self, form):
        """Record it."""
        acts.record_missing(
            user=self.request.user,
            evaluation_id=self.evaluation.public_id,
            **form.cleaned_data,
        )

    def show(self, form, **context):
        """With the day from which this can be done."""
        frozen = self.evaluation.is_frozen
        day = acts.missing_from(self.evaluation) if frozen else None
        return super().show(form, day=day, too_early=bool(day and today() < day), **context)


class CorrectView(ActView):
    """Begin a correction of what is signed."""

    right = "may_correct"
    template = "evaluation_correct"
    form_class = forms.ReasonForm

    def get_form_options(self):
        """Everybody who reads the correction reads why."""
        return {"label": forms.CORRECT_LABEL, "help_text": forms.CORRECT_HELP}

    def act(self, form):
        """Begin it, and go there."""
        new = acts.start_correction(
            user=self.request.user,
            evaluation_id=self.evaluation.public_id,
            reason=form.cleaned_data["reason"],
        )
        return self.go("evaluation", new.public_id, done="correcting")

    def show(self, form, **context):
        """With the correction that there is already, if any."""
        _corrects, corrected_by = reading.related_to(self.access)
        return super().show(form, corrected_by=corrected_by, **context)


class SignView(ActView, ReadingView):
    """Read everything once more, and sign it."""

    right = "signing_role"
    template = "sign"
    form_class = forms.SignForm
    done = "signed"

    def is_possible(self):
        """Whether the person has yet to sign."""
        return self.access.role_to_sign(self.evaluation.signatures.all()) is not None

    def act(self, form):
        """Sign, if what was read is still what is there."""
        acts.sign(
            user=self.request.user,
            evaluation_id=self.evaluation.public_id,
            seen_digest=self.request.POST.get("seen_digest", ""),
            remark=form.cleaned_data["remark"],
            disagrees=form.cleaned_data["disagrees"],
        )

    def show(self, form, **context):
        """With the whole content, its digest, and what keeps the mentor from signing.

        Showing it is reading it, also after a form that could not be accepted.
        """
        self.note_opening()
        found = reading.read(self.access)
        role = self.access.signing_role
        waits, untold = {}, 0
        if role and not self.evaluation.is_frozen:
            waits = acts.obstacles(self.evaluation)
            told = {outcome.action_point_id for outcome in found.outcomes}
            untold = sum(point.pk not in told for point in acts.open_points(self.evaluation))
        digest = digest_of(self.evaluation, found.rows) if self.access.may_read else ""
        return super().show(
            form,
            reading=found,
            role=role,
            obstacles=waits,
            untold=untold,
            is_early=not self.evaluation.is_frozen and self.evaluation.talk_on > today(),
            seen_digest=digest,
            signer=name_of(self.request.user),
            **context,
        )


class HistoryView(ReadingView):
    """Who did what when, and in which capacity."""

    def is_allowed(self):
        """Whoever may know that the evaluation exists."""
        return self.access.may_read_history

    def get(self, request, **kwargs):
        """Show the acts, newest first."""
        self.note_opening()
        return self.render("evaluation_history", lines=evaluation_history.history_of(self.access))
