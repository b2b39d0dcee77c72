"""What somebody wrote at earlier evaluations of a mentorship, to have it beside the question."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, OuterRef
from django.utils import timezone

from ..choices import FROZEN_STATES
from ..models import Evaluation, Rating, Sheet, VersionCompetency, VersionLevel
from ..models.evaluations import Writer, writers_besides

#: How many earlier remarks stand beside a question.
REMARKS = 3


@dataclass(frozen=True)
class Previous:
    """An earlier rating of a competency, with when and by whom: the author, and who else wrote."""

    answer: str
    level_key: str
    level_label: str
    remark: str
    on: date
    author: str
    as_deputy: bool
    others: tuple[Writer, ...]
    language: str


@dataclass
class Earlier:
    """What was said of one competency before: the last rating, and the last remarks."""

    rating: Previous | None = None
    remarks: list[Previous] = field(default_factory=list)


def earlier_of(
    evaluation: Evaluation, side: str, keys: Collection[str] | None = None
) -> dict[str, Earlier]:
    """What the same side said at signed evaluations before this one, by the competency's key.

    An evaluation that was corrected counts by its correction; a correction itself looks at what
    came before the evaluation that it corrects. ``keys`` limits it to some competencies. Four
    queries: what a sheet, a competency or a level says is read once, not with each rating.
    """
    # Naming the mentorship keeps the database from looking through all others.
    corrected = Evaluation.objects.filter(
        mentorship=evaluation.mentorship_id,
        corrects=OuterRef("evaluation"),
        state__in=FROZEN_STATES,
    )
    sheets = (
        Sheet.objects.filter(
            evaluation__mentorship=evaluation.mentorship_id,
            evaluation__state__in=FROZEN_STATES,
            side=side,
            shared_at__isnull=False,
        )
        .exclude(Exists(corrected))
        .exclude(evaluation=evaluation.pk)
        # A correction is signed later, of what was seen earlier.
        .order_by("-evaluation__observed_on", "-evaluation__signed_at")
    )
    if evaluation.corrects_id:
        before = Evaluation.objects.filter(pk=evaluation.corrects_id).values("signed_at")
        sheets = sheets.filter(evaluation__signed_at__lt=before)
    written = {
        pk: {
            "on": observed_on or timezone.localdate(signed_at),
            "author": author_name,
            "as_deputy": as_deputy,
            "others": writers_besides((Writer(**one) for one in contributors), author),
            "language": language,
        }
        for (
            pk,
            observed_on,
            signed_at,
            author,
            author_name,
            as_deputy,
            contributors,
            language,
        ) in sheets.values_list(
            "pk",
            "evaluation__observed_on",
            "evaluation__signed_at",
            "author",
            "author_name",
            "as_deputy",
            "contributors",
            "language",
        )
    }
    if not written:
        return {}
    ratings = Rating.objects.filter(sheet__in=written).order_by()
    if keys is not None:
        ratings = ratings.filter(competency__key__in=keys)
    rows = list(ratings.values_list("sheet", "competency", "answer", "level", "remark"))
    # Keys take time to read, and a long history names the same few again and again.
    named = VersionCompetency.objects.filter(pk__in={row[1] for row in rows}).order_by()
    named = {pk: str(key) for pk, key in named.values_list("pk", "key")}
    levels = VersionLevel.objects.in_bulk({row[3] for row in rows if row[3]})
    place = {pk: number for number, pk in enumerate(written)}
    found: dict[str, Earlier] = {}
    for sheet, competency, answer, level, remark in sorted(rows, key=lambda row: place[row[0]]):
        earlier = found.setdefault(named[competency], Earlier())
        wants_rating = earlier.rating is None and answer
        wants_remark = remark and len(earlier.remarks) < REMARKS
        if not wants_rating and not wants_remark:
            continue
        previous = Previous(
            answer=answer,
            level_key=str(levels[level].key) if level else "",
            level_label=levels[level].label if level else "",
            remark=remark,
            **written[sheet],
        )
        if wants_rating:
            earlier.rating = previous
        if wants_remark:
            earlier.remarks.append(previous)
    return found
