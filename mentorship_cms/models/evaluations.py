"""The evaluation: sheets, ratings, what was agreed, and signatures.

Written by ``services`` only. A draft is one mutable set of rows; what was signed never changes,
and a mistake in it is corrected by another evaluation.
"""

import uuid
from dataclasses import asdict, dataclass

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..choices import (
    EVALUATION_TITLES,
    FROZEN_STATES,
    MISSING_VERDICTS,
    OPEN_STATES,
    Answer,
    EvaluationKind,
    EvaluationState,
    Outcome,
    Role,
    Side,
    Verdict,
)
from ..records import RecordHistory, name_of
from .mentorships import Mentorship, person_field
from .versions import FrameworkVersion, ImmutableModel, VersionCompetency, VersionLevel

#: Longest text that somebody may write in one field.
LONGEST_TEXT = 20_000

#: Roles that sign, in the order in which they do.
SIGNING_ROLES = (Role.MENTOR, Role.LINE_MANAGER, Role.MENTEE)


class Evaluation(models.Model):
    """How a mentee did in real situations, against one version of the framework (MT5)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    mentorship = models.ForeignKey(
        Mentorship,
        on_delete=models.PROTECT,
        related_name="evaluations",
        verbose_name=_("mentorship"),
    )
    kind = models.CharField(_("kind"), max_length=20, choices=EvaluationKind.choices)
    state = models.CharField(
        _("state"),
        max_length=20,
        choices=EvaluationState.choices,
        default=EvaluationState.DRAFT,
    )
    framework_version = models.ForeignKey(
        FrameworkVersion,
        on_delete=models.PROTECT,
        related_name="evaluations",
        verbose_name=_("framework version"),
    )
    corrects = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="corrections",
        verbose_name=_("corrects"),
    )
    correction_reason = models.TextField(_("reason for the correction"), blank=True)
    talk_on = models.DateField(
        _("date of the talk"),
        help_text=_("Both sheets are ready by then. No beneficiaries are present at the talk."),
    )
    # The date that the mentee was told, where the talk was held before it.
    announced_on = models.DateField(_("announced for"), null=True, blank=True, editable=False)
    observed_on = models.DateField(_("observed on"), null=True, blank=True)
    situation = models.TextField(
        _("situation"),
        blank=True,
        help_text=_("Which work you watched. Name no beneficiaries."),
    )
    conclusion = models.TextField(_("conclusion"), blank=True)
    needs = models.TextField(_("what the mentee needs"), blank=True)
    # Counts the saves of dates, situation and talk, so that a stale form is noticed.
    revision = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(_("started at"), auto_now_add=True)
    version_fixed_at = models.DateTimeField(_("version fixed at"), null=True, editable=False)
    shared_at = models.DateTimeField(_("shared at"), null=True, editable=False)
    signed_at = models.DateTimeField(_("recorded at"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, editable=False)
    digest = models.CharField(_("digest"), max_length=64, blank=True, editable=False)

    history = RecordHistory()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="mentorship_cms_eval_created"),
            models.Index(fields=["mentorship", "state"], name="mentorship_cms_eval_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["mentorship", "kind"],
                condition=Q(state__in=OPEN_STATES) & ~Q(kind=EvaluationKind.CORRECTION),
                name="mentorship_cms_evaluation_open",
                violation_error_message=_("An evaluation of this kind is being written already."),
            ),
            models.UniqueConstraint(
                fields=["corrects"],
                condition=~Q(state=EvaluationState.DISCARDED),
                name="mentorship_cms_evaluation_corrects",
                violation_error_message=_("A correction of this evaluation exists already."),
            ),
            models.CheckConstraint(
                condition=Q(kind=EvaluationKind.CORRECTION, corrects__isnull=False)
                & ~Q(correction_reason="")
                | ~Q(kind=EvaluationKind.CORRECTION) & Q(corrects__isnull=True),
                name="mentorship_cms_evaluation_correction",
                violation_error_message=_("A correction names what it corrects, and why."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=FROZEN_STATES, signed_at__isnull=False) & ~Q(digest="")
                | ~Q(state__in=FROZEN_STATES) & Q(signed_at__isnull=True, digest=""),
                name="mentorship_cms_evaluation_signed",
            ),
            models.CheckConstraint(
                condition=Q(state=EvaluationState.CLOSED, closed_at__isnull=False)
                | ~Q(state=EvaluationState.CLOSED) & Q(closed_at__isnull=True),
                name="mentorship_cms_evaluation_closed",
            ),
        ]

    def __str__(self):
        # Names outlive their deletion in Wagtail's log, so there are none.
        return gettext("Evaluation %(id)s") % {"id": str(self.public_id)[:8]}

    @property
    def title(self) -> str:
        """What a reader calls it, such as “Interim evaluation”."""
        return EVALUATION_TITLES[self.kind]

    @property
    def waits_until(self):
        """The date of the talk as announced: until it is over, the mentee's sheet is waited for."""
        return self.announced_on or self.talk_on

    @property
    def is_open(self) -> bool:
        """Whether somebody still writes."""
        return self.state in OPEN_STATES

    @property
    def is_frozen(self) -> bool:
        """Whether it was signed, so that it never changes."""
        return self.state in FROZEN_STATES

    @property
    def is_correction(self) -> bool:
        """Whether it corrects another one."""
        return self.kind == EvaluationKind.CORRECTION


@dataclass(frozen=True)
class Writer:
    """Somebody who wrote in a sheet: the name as it was, and the id of the account, as text."""

    name: str
    person: str
    as_deputy: bool = False


class Sheet(models.Model):
    """One side's view of the evaluation, in the words of a version in the author's language."""

    evaluation = models.ForeignKey(
        Evaluation, on_delete=models.PROTECT, related_name="sheets", verbose_name=_("evaluation")
    )
    side = models.CharField(_("side"), max_length=10, choices=Side.choices)
    framework_version = models.ForeignKey(
        FrameworkVersion,
        on_delete=models.PROTECT,
        related_name="sheets",
        verbose_name=_("framework version"),
    )
    author = person_field(_("author"))
    author_name = models.CharField(_("name of the author"), max_length=255)
    as_deputy = models.BooleanField(_("as deputy"), default=False)
    # Everybody who wrote in it, in the order in which they began: see ``writers``.
    contributors = models.JSONField(_("who wrote in it"), default=list, editable=False)
    language = models.CharField(_("language"), max_length=20)
    remark = models.TextField(_("general remark"), blank=True)
    revision = models.PositiveIntegerField(default=0, editable=False)
    saved_at = models.DateTimeField(_("saved at"))
    shared_at = models.DateTimeField(_("shared at"), null=True, blank=True, editable=False)

    history = RecordHistory()

    class Meta:
        ordering = ["evaluation", "side"]
        verbose_name = _("sheet")
        verbose_name_plural = _("sheets")
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "side"],
                name="mentorship_cms_sheet_side",
                violation_error_message=_("This sheet exists already."),
            )
        ]

    def __str__(self):
        return gettext("Sheet %(id)s") % {"id": self.pk}

    @property
    def is_shared(self) -> bool:
        """Whether its author has shared it."""
        return self.shared_at is not None

    @property
    def writers(self) -> tuple[Writer, ...]:
        """Everybody who wrote in it; of a sheet that does not say so, its author."""
        if self.contributors:
            return tuple(Writer(**one) for one in self.contributors)
        return (Writer(self.author_name, str(self.author_id), self.as_deputy),)

    @property
    def other_writers(self) -> tuple[Writer, ...]:
        """Everybody who wrote in it, but for its author."""
        return writers_besides(self.writers, self.author_id)

    def written_by(self, person, *, as_deputy: bool) -> None:
        """Note that ``person`` writes in it, who is its author from then on."""
        self.answered_for_by(person, as_deputy=as_deputy)
        known = {(one["person"], one["as_deputy"]) for one in self.contributors}
        if (str(person.pk), as_deputy) not in known:
            writer = Writer(self.author_name, str(person.pk), as_deputy)
            self.contributors = [*self.contributors, asdict(writer)]

    def answered_for_by(self, person, *, as_deputy: bool) -> None:
        """Let ``person`` be its author; whoever wrote in it before stays named."""
        if self.author_id is not None and not self.contributors:
            self.contributors = [asdict(one) for one in self.writers]
        self.author, self.author_name, self.as_deputy = person, name_of(person), as_deputy


def writers_besides(writers, person_id) -> tuple[Writer, ...]:
    """Those of ``writers`` who are not the person of that id."""
    return tuple(writer for writer in writers if writer.person != str(person_id))


class Rating(models.Model):
    """What a sheet says of one competency, in the words it was published with.

    ``answer`` is blank while a draft holds only a remark.
    """

    sheet = models.ForeignKey(
        Sheet, on_delete=models.PROTECT, related_name="ratings", verbose_name=_("sheet")
    )
    competency = models.ForeignKey(
        VersionCompetency,
        on_delete=models.PROTECT,
        related_name="ratings",
        verbose_name=_("competency"),
    )
    answer = models.CharField(_("answer"), max_length=20, choices=Answer.choices, blank=True)
    level = models.ForeignKey(
        VersionLevel,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="ratings",
        verbose_name=_("level"),
    )
    remark = models.TextField(_("remark"), blank=True)
    revision = models.PositiveIntegerField(default=0, editable=False)

    history = RecordHistory()

    class Meta:
        ordering = ["sheet", "competency"]
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.UniqueConstraint(
                fields=["sheet", "competency"],
                name="mentorship_cms_rating_competency",
                violation_error_message=_("This competency has a rating on this sheet already."),
            ),
            models.CheckConstraint(
                condition=Q(answer=Answer.LEVEL, level__isnull=False)
                | ~Q(answer=Answer.LEVEL) & Q(level__isnull=True),
                name="mentorship_cms_rating_level",
                violation_error_message=_("A level, or the reason why there is none: not both."),
            ),
        ]

    def __str__(self):
        return gettext("Rating %(id)s") % {"id": self.pk}


class ActionPoint(models.Model):
    """What was agreed at the talk: what, who, by when, on which competencies."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    evaluation = models.ForeignKey(
        Evaluation,
        on_delete=models.PROTECT,
        related_name="action_points",
        verbose_name=_("evaluation"),
    )
    position = models.PositiveSmallIntegerField(default=0)
    text = models.TextField(_("what"))
    owner = models.CharField(
        _("who"),
        max_length=30,
        choices=[
            (role.value, role.label)
            for role in (Role.MENTEE, Role.MENTOR, Role.DEPUTY_MENTOR, Role.LINE_MANAGER)
        ],
    )
    due_on = models.DateField(_("by when"), null=True, blank=True)
    competency_keys = models.JSONField(
        _("competencies"),
        default=list,
        blank=True,
        help_text=_("Keys of competencies of the framework."),
    )

    history = RecordHistory()

    class Meta:
        ordering = ["evaluation", "position", "pk"]
        verbose_name = _("action point")
        verbose_name_plural = _("action points")
        constraints = [
            models.CheckConstraint(
                condition=~Q(text=""),
                name="mentorship_cms_actionpoint_text",
                violation_error_message=_("Say what is to be done."),
            )
        ]

    def __str__(self):
        return gettext("Action point %(id)s") % {"id": self.pk}


class ActionOutcome(models.Model):
    """What became of an action point, as told at a later evaluation."""

    evaluation = models.ForeignKey(
        Evaluation, on_delete=models.PROTECT, related_name="outcomes", verbose_name=_("evaluation")
    )
    action_point = models.ForeignKey(
        ActionPoint,
        on_delete=models.PROTECT,
        related_name="outcomes",
        verbose_name=_("action point"),
    )
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome.choices)
    note = models.TextField(_("note"), blank=True)

    history = RecordHistory()

    class Meta:
        ordering = ["evaluation", "action_point"]
        verbose_name = _("outcome")
        verbose_name_plural = _("outcomes")
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "action_point"],
                name="mentorship_cms_actionoutcome_point",
                violation_error_message=_("This action point has an outcome here already."),
            )
        ]

    def __str__(self):
        return gettext("Outcome %(id)s") % {"id": self.pk}


class Signature(ImmutableModel):
    """What one role said of the frozen content: written once. Name and role are kept as text."""

    evaluation = models.ForeignKey(
        Evaluation,
        on_delete=models.PROTECT,
        related_name="signatures",
        verbose_name=_("evaluation"),
    )
    role = models.CharField(
        _("role"),
        max_length=30,
        choices=[(role.value, role.label) for role in SIGNING_ROLES],
    )
    verdict = models.CharField(_("verdict"), max_length=20, choices=Verdict.choices)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    name = models.CharField(_("name"), max_length=255)
    as_deputy = models.BooleanField(_("as deputy"), default=False)
    disagrees = models.BooleanField(_("disagrees"), default=False)
    remark = models.TextField(_("remark"), blank=True)
    digest = models.CharField(_("digest"), max_length=64)
    recorded_by_name = models.CharField(_("recorded by"), max_length=255)
    signed_at = models.DateTimeField(_("signed at"))
    person.wagtail_reference_index_ignore = True

    history = RecordHistory()

    class Meta:
        ordering = ["evaluation", "signed_at", "pk"]
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "role"],
                name="mentorship_cms_signature_role",
                violation_error_message=_("This role has signed already."),
            ),
            # Three signatures are of three people; who did not sign may have done so elsewhere.
            models.UniqueConstraint(
                fields=["evaluation", "person"],
                condition=~Q(verdict__in=MISSING_VERDICTS),
                name="mentorship_cms_signature_person",
                violation_error_message=_("This person has signed in another role already."),
            ),
            models.CheckConstraint(
                condition=Q(disagrees=False) | Q(role=Role.MENTEE, verdict=Verdict.SEEN),
                name="mentorship_cms_signature_disagrees",
            ),
            models.CheckConstraint(
                condition=Q(as_deputy=False) | Q(role=Role.MENTOR),
                name="mentorship_cms_signature_deputy",
            ),
            models.CheckConstraint(
                condition=~Q(verdict__in=MISSING_VERDICTS) | ~Q(remark="") & ~Q(role=Role.MENTOR),
                name="mentorship_cms_signature_missing",
                violation_error_message=_("Say why the signature is missing."),
            ),
        ]

    def __str__(self):
        return gettext("Signature %(id)s") % {"id": self.pk}

    @property
    def is_missing(self) -> bool:
        """Whether the person did not sign, and somebody else recorded that."""
        return self.verdict in MISSING_VERDICTS
