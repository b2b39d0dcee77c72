"""The signed evaluations of a mentorship as ``progress`` wants them: few queries, however many."""

from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from ..choices import FROZEN_STATES, Side
from ..models import FrameworkVersion, Rating, Sheet
from ..permissions import Access
from ..progress import Given, Moment, SheetView, Wording, in_order
from .evaluations import superseded


@dataclass(frozen=True)
class Progress:
    """The moments in order, and the versions that are published now of what they were on."""

    moments: list[Moment]
    newest: list[Wording]


def progress_of(access: Access, *, key=None) -> Progress:
    """Return the signed evaluations that no signed correction replaced, with what was shared.

    Without ``key`` all ratings, but no remarks; with it those of one competency, with remarks,
    and the newest versions to compare their words with. Three queries. For those who may read
    the record.
    """
    sheets = _sheets(access)
    versions = _versions(sheets, newest=key is not None)
    views = {
        sheet.pk: SheetView(
            wording=versions[sheet.framework_version_id],
            language=sheet.language,
        )
        for sheet in sheets
    }
    for sheet_id, competency, answer, level, remark in _ratings(access, key):
        views[sheet_id].ratings[str(competency)] = Given(
            answer, str(level) if level else "", remark
        )
    evaluations = {sheet.evaluation_id: sheet.evaluation for sheet in sheets}
    sides: dict[int, dict[str, SheetView]] = {}
    for sheet in sheets:
        sides.setdefault(sheet.evaluation_id, {})[sheet.side] = views[sheet.pk]
    replaced = superseded(evaluations.values())
    moments = in_order(
        _moment(evaluation, evaluations, sides, versions)
        for pk, evaluation in evaluations.items()
        if pk not in replaced
    )
    numbers: dict[object, Wording] = {}
    for version in versions.values():
        known = numbers.get(version.framework)
        if known is None or known.number < version.number:
            numbers[version.framework] = version
    return Progress(moments, list(numbers.values()))


def _sheets(access):
    """The shared sheets of signed evaluations, each with its evaluation."""
    return list(
        Sheet.objects.filter(
            evaluation__in=access.evaluations().filter(state__in=FROZEN_STATES),
            shared_at__isnull=False,
        )
        .select_related("evaluation")
        .annotate(
            framework=F("framework_version__framework"),
            evaluation_framework=F("evaluation__framework_version__framework"),
        )
        .only(
            "side",
            "framework_version_id",
            "language",
            "evaluation__public_id",
            "evaluation__kind",
            "evaluation__state",
            "evaluation__observed_on",
            "evaluation__signed_at",
            "evaluation__corrects_id",
            "evaluation__framework_version_id",
        )
        .order_by("pk")
    )


def _ratings(access, key):
    ratings = Rating.objects.filter(
        sheet__evaluation__in=access.evaluations().filter(state__in=FROZEN_STATES),
        sheet__shared_at__isnull=False,
    ).exclude(answer="", remark="")
    columns = ["sheet_id", "competency__key", "answer", "level__key"]
    if key is not None:
        return ratings.filter(competency__key=key).values_list(*columns, "remark")
    return ((*row, "") for row in ratings.values_list(*columns))


def _versions(sheets, *, newest) -> dict[int, Wording]:
    """The versions that the sheets and their evaluations use, with their documents, by id."""
    used = {sheet.framework_version_id for sheet in sheets}
    used |= {sheet.evaluation.framework_version_id for sheet in sheets}
    wanted = Q(pk__in=used)
    if newest:
        frameworks = {sheet.framework for sheet in sheets}
        frameworks |= {sheet.evaluation_framework for sheet in sheets}
        later = FrameworkVersion.objects.filter(
            framework=OuterRef("framework"), number__gt=OuterRef("number")
        )
        wanted |= Q(framework__in=frameworks) & ~Exists(later)
    versions = FrameworkVersion.objects.filter(wanted).only(
        "number", "language", "published_at", "document", "framework_id"
    )
    return {
        version.pk: Wording(
            number=version.number,
            language=version.language,
            published_at=version.published_at,
            content=version.content,
            framework=version.framework_id,
        )
        for version in versions
    }


def _moment(evaluation, evaluations, sides, versions) -> Moment:
    sheets = dict(sides[evaluation.pk])
    origin = evaluation
    # Nobody but the mentor writes a correction: the mentee's view is beside what it corrects.
    while origin.corrects_id in evaluations:
        origin = evaluations[origin.corrects_id]
        theirs = sides[origin.pk].get(Side.MENTEE)
        if theirs is not None:
            sheets.setdefault(Side.MENTEE, theirs)
    return Moment(
        public_id=evaluation.public_id,
        kind=origin.kind,
        day=evaluation.observed_on or timezone.localdate(evaluation.signed_at),
        signed_at=evaluation.signed_at,
        wording=versions[evaluation.framework_version_id],
        sheets=sheets,
        corrected=origin is not evaluation,
    )
