"""What somebody wrote at earlier evaluations of a mentorship, to have it beside the question."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Exists, OuterRef
from django.utils import timezone

from ..choices import FROZEN_STATES
from ..models import Evaluation, Rating
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
    came before the evaluation that it corrects. ``keys`` limits it to some competencies. One
    query.
    """
    # Naming the mentorship keeps the database from looking through all others.
    corrected = Evaluation.objects.filter(
        mentorship=evaluation.mentorship_id,
        corrects=OuterRef("sheet__evaluation"),
        state__in=FROZEN_STATES,
    )
    ratings = (
        Rating.objects.filter(
            sheet__evaluation__mentorship=evaluation.mentorship_id,
            sheet__evaluation__state__in=FROZEN_STATES,
            sheet__side=side,
            sheet__shared_at__isnull=False,
        )
        .exclude(Exists(corrected))
        .exclude(sheet__evaluation=evaluation.pk)
        # A correction is signed later, of what was seen earlier.
        .order_by("-sheet__evaluation__observed_on", "-sheet__evaluation__signed_at")
    )
    if keys is not None:
        ratings = ratings.filter(competency__key__in=keys)
    if evaluation.corrects_id:
        before = Evaluation.objects.filter(pk=evaluation.corrects_id).values("signed_at")
        ratings = ratings.filter(sheet__evaluation__signed_at__lt=before)
    found: dict[str, Earlier] = {}
    for key, observed_on, signed_at, *said in ratings.values_list(
        "competency__key",
        "sheet__evaluation__observed_on",
        "sheet__evaluation__signed_at",
        "answer",
        "level__key",
        "level__label",
        "remark",
        "sheet__author_name",
        "sheet__as_deputy",
        "sheet__author",
        "sheet__contributors",
        "sheet__language",
    ):
        earlier = found.setdefault(str(key), Earlier())
        answer, level_key, level_label, remark, author, as_deputy, *wrote, language = said
        wants_rating = earlier.rating is None and answer
        wants_remark = remark and len(earlier.remarks) < REMARKS
        if not wants_rating and not wants_remark:
            continue
        previous = Previous(
            answer=answer,
            level_key=str(level_key or ""),
            level_label=level_label or "",
            remark=remark,
            on=observed_on or timezone.localdate(signed_at),
            author=author,
            as_deputy=as_deputy,
            others=writers_besides((Writer(**one) for one in wrote[1]), wrote[0]),
            language=language,
        )
        if wants_rating:
            earlier.rating = previous
        if wants_remark:
            earlier.remarks.append(previous)
    return found
