"""Choices shared by models, forms and templates. Imports nothing of the plugin."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CompetencyKind(models.TextChoices):
    """The three kinds of acquired competence an evaluation covers (domain: words of the field)."""

    KNOWLEDGE = "knowledge", _("knowledge")
    KNOW_HOW = "know_how", _("know-how")
    ATTITUDE = "attitude", _("attitude")


class Role(models.TextChoices):
    """Whose responsibilities a role description holds."""

    MANAGEMENT = "management", _("management")
    MENTOR = "mentor", _("mentor")
    DEPUTY_MENTOR = "deputy_mentor", _("deputy mentor")
    MENTEE = "mentee", _("mentee")
    LINE_MANAGER = "line_manager", _("line manager")
    COORDINATOR = "coordinator", _("coordinator")
    TRAINING_ORGANISATION = "training_organisation", _("training organisation")
    OTHER = "other", _("other")


class Stage(models.TextChoices):
    """The four stages of a mentorship (S1–S4)."""

    PREPARATION = "preparation", _("preparation")
    WELCOME = "welcome", _("welcome and integration")
    GUIDANCE = "guidance", _("guidance and training")
    CONCLUSION = "conclusion", _("evaluation and conclusion")


class Context(models.TextChoices):
    """What a mentorship answers to (X1–X6)."""

    PLACEMENT = "placement", _("training placement")
    NEWCOMER = "newcomer", _("helping a newcomer integrate")
    CHANGE = "change", _("change of function, or return to work")
    KNOW_HOW = "know_how", _("passing on the know-how of a trade")
    TRANSFER = "transfer", _("keeping vulnerable skills")
    EXPERT = "expert", _("experience of an expert who moves on")


class EvaluationKind(models.TextChoices):
    """When in the mentorship an evaluation takes place, or that it corrects another."""

    START = "start", _("start")
    INTERIM = "interim", _("interim")
    FINAL = "final", _("final")
    EXTRA = "extra", _("extra")
    CORRECTION = "correction", _("correction")


#: What a reader calls an evaluation of each kind.
EVALUATION_TITLES = {
    EvaluationKind.START: _("Start evaluation"),
    EvaluationKind.INTERIM: _("Interim evaluation"),
    EvaluationKind.FINAL: _("Final evaluation"),
    EvaluationKind.EXTRA: _("Extra evaluation"),
    EvaluationKind.CORRECTION: pgettext_lazy("evaluation", "Correction"),
}


class EvaluationState(models.TextChoices):
    """How far an evaluation is. Only forwards, but for a draft that is dropped."""

    DRAFT = "draft", _("being written")
    SHARED = "shared", _("shared")
    SIGNED = "signed", _("signed by the mentor")
    CLOSED = "closed", _("closed")
    DISCARDED = "discarded", _("dropped")


#: States in which somebody still writes.
OPEN_STATES = (EvaluationState.DRAFT, EvaluationState.SHARED)
#: States in which mentee and line manager read.
REVEALED_STATES = (EvaluationState.SHARED, EvaluationState.SIGNED, EvaluationState.CLOSED)
#: States in which nothing that was written ever changes.
FROZEN_STATES = (EvaluationState.SIGNED, EvaluationState.CLOSED)


class Side(models.TextChoices):
    """Whose view a sheet holds."""

    MENTOR = "mentor", _("mentor")
    MENTEE = "mentee", _("mentee")


class Answer(models.TextChoices):
    """What a rating says: a level, or why there is none. "Not observed" is never a low level."""

    LEVEL = "level", _("level")
    NOT_OBSERVED = "not_observed", _("not observed")
    NOT_APPLICABLE = "not_applicable", _("not applicable")


class Verdict(models.TextChoices):
    """What a signature says: seen is not agreed, and missing is recorded as such."""

    SIGNED = "signed", _("signed")
    SEEN = "seen", _("seen")
    REFUSED = "refused", _("refused to sign")
    ABSENT = "absent", _("did not sign in time")


#: Verdicts that somebody else records.
MISSING_VERDICTS = (Verdict.REFUSED, Verdict.ABSENT)


class Outcome(models.TextChoices):
    """What became of an action point, as told at a later evaluation."""

    DONE = "done", _("done")
    PARTLY = "partly", _("partly done")
    NOT_DONE = "not_done", _("not done")
    DROPPED = "dropped", _("no longer needed")


class Act(models.TextChoices):
    """What somebody did to a mentorship or an evaluation; each is one transaction."""

    CREATE = "create", _("mentorship made")
    DESCRIBE = "describe", _("mentorship described anew")
    ASSIGN = "assign", _("people changed")
    END = "end", _("mentorship ended")
    OPEN_WINDOW = "open_window", _("deputy takes over")
    CLOSE_WINDOW = "close_window", _("deputy hands back")
    START = "start", _("evaluation started")
    DETAILS = "details", _("dates or situation changed")
    MOVE = "move", _("moved to a newer version of the framework")
    DISCARD = "discard", _("evaluation dropped")
    SHARE = "share", _("sheet shared")
    TAKE_BACK = "take_back", _("sheet taken back")
    REVEAL = "reveal", _("went on without the mentee's sheet")
    SIGN = "sign", _("signed")
    MISSING = "missing", _("missing signature recorded")
    CORRECT = "correct", _("correction begun")


class OpenedPart(models.TextChoices):
    """What of the mentee's record somebody opened."""

    EVALUATION = "evaluation", _("evaluation")
    PROGRESS = "progress", _("Progress over all evaluations")
    AGREED = "agreed", _("Action points still open")
    PEOPLE = "people", _("Who takes part, and the dates")


class Layout(models.TextChoices):
    """How much of a sheet stands on one page."""

    COMPETENCY = "competency", _("one competency a page")
    AREA = "area", _("one area a page")
    ALL = "all", _("everything on one page")


#: How the names of acts of upkeep begin in Wagtail's log.
UPKEEP_LOG = "mentorship_cms.upkeep."


class UpkeepActKind(models.TextChoices):
    """What somebody did to keep a framework, a role or a page current."""

    CONFIRMED = "confirmed", _("confirmed as still correct")
    POSTPONED = "postponed", _("postponed")
    DELEGATED = "delegated", _("handed over")
    PLANNED = "planned", _("interval changed")

    @property
    def log_action(self) -> str:
        """The name under which Wagtail's log has such an act."""
        return f"{UPKEEP_LOG}{self.value}"


class FlagState(models.TextChoices):
    """What became of a reader's remark that something is not clear."""

    OPEN = "open", _("open")
    ANSWERED = "answered", _("answered")
    CHANGED = "changed", _("text changed")
    CLOSED = "closed", _("closed without change")
