"""What depends on a framework, a role or a scale, and what publishing a draft of it would do.

Of mentorships and evaluations only numbers: an editor learns that they exist, never whose.
"""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q

from ..choices import FROZEN_STATES, OPEN_STATES, EvaluationKind, EvaluationState
from ..differences import Difference, compare
from ..models import CompetencyFramework, Evaluation, Mentorship, Rating, RatingScale
from ..structures import CompetencyContent, Content, FrameworkContent, Part, ScaleContent
from .publishing import content_of
from .translation_overview import behind


@dataclass(frozen=True)
class Removed:
    """A competency that the draft no longer has, and how many ratings keep its words."""

    part: Part
    ratings: int


@dataclass(frozen=True)
class Dependants:
    """What refers to an item now, in numbers."""

    #: Mentorships that have not ended.
    running: int = 0
    #: Signed evaluations, and the numbers of the versions that they keep; no numbers for a scale.
    signed: int = 0
    signed_versions: tuple[int, ...] = ()
    #: Evaluations of which nothing is shared: they can move to a newer version.
    movable: int = 0
    #: Evaluations that are being written on a version that is fixed.
    fixed: int = 0

    def __bool__(self) -> bool:
        return bool(self.running or self.signed or self.movable or self.fixed)


@dataclass(frozen=True)
class Consequences:
    """What publishing ``content`` would change, and for whom."""

    item: object
    #: What readers see now; None before the first publication.
    old_content: Content | None
    content: Content
    difference: Difference
    #: The number of the version that readers see now, and of the next one; None for a scale.
    number: int | None
    next_number: int | None
    dependants: Dependants
    removed: tuple[Removed, ...]
    #: The live pages that show it.
    pages: tuple
    #: (language, number of parts) of each translation that will not say the same.
    behind: tuple
    #: The frameworks that get a new version with this scale.
    frameworks: tuple

    def __bool__(self) -> bool:
        """Whether publishing shows readers anything new."""
        return bool(self.difference)


def dependants_of(item) -> Dependants:
    """Count the mentorships and evaluations that rest on ``item``. Two queries."""
    on = _on(item)
    if on is None:
        return Dependants()
    running = Mentorship.objects.filter(on("framework"), ended_at__isnull=True).count()
    draft = Q(
        state=EvaluationState.DRAFT,
        version_fixed_at__isnull=True,
    ) & ~Q(kind=EvaluationKind.CORRECTION)
    rows = (
        Evaluation.objects.filter(on("framework_version__framework"))
        .order_by()
        .values_list("framework_version__number")
        .annotate(
            signed=Count("pk", filter=Q(state__in=FROZEN_STATES)),
            movable=Count("pk", filter=draft),
            open=Count("pk", filter=Q(state__in=OPEN_STATES)),
        )
    )
    counts = Counter()
    versions = []
    for number, signed, movable, still_open in rows:
        counts += Counter(signed=signed, movable=movable, fixed=still_open - movable)
        versions += [number] if signed else []
    return Dependants(
        running=running,
        signed=counts["signed"],
        signed_versions=() if isinstance(item, RatingScale) else tuple(sorted(versions)),
        movable=counts["movable"],
        fixed=counts["fixed"],
    )


def frameworks_of(scale) -> list[CompetencyFramework]:
    """The published frameworks that show ``scale``: of its language, or of one that lacks it."""
    translations = RatingScale.objects.filter(translation_key=scale.translation_key, live=True)
    locales = set(translations.values_list("locale_id", flat=True))
    frameworks = CompetencyFramework.objects.filter(
        live=True, rating_scale__translation_key=scale.translation_key
    )
    return [
        framework
        for framework in frameworks.select_related("locale").order_by("title", "pk")
        if framework.locale_id == scale.locale_id
        or (framework.rating_scale_id == scale.pk and framework.locale_id not in locales)
    ]


def consequences_of(item, draft_content: Content) -> Consequences:
    """Return what publishing ``draft_content`` as ``item`` would do, in a few queries."""
    is_scale = isinstance(item, RatingScale)
    latest = None if is_scale else item.versions.order_by("-number").first()
    if is_scale:
        stored = type(item).objects.get(pk=item.pk)
        old = content_of(stored) if stored.live else None
    else:
        old = latest.content if latest else None
    difference = compare(old or _nothing(draft_content), draft_content)
    return Consequences(
        item=item,
        old_content=old,
        content=draft_content,
        difference=difference,
        number=latest.number if latest else None,
        next_number=None if is_scale else (latest.number if latest else 0) + 1,
        dependants=dependants_of(item),
        removed=_removed(difference),
        pages=tuple(item.pages()),
        behind=tuple(
            behind(item, ScaleContent.from_framework(draft_content) if is_scale else draft_content)
        )
        if difference
        else (),
        frameworks=tuple(frameworks_of(item)) if is_scale else (),
    )


def _on(item):
    """How rows are found that rest on ``item``: a function of the way to the framework."""
    if isinstance(item, CompetencyFramework):
        return lambda way: Q(**{way: item.pk})
    if isinstance(item, RatingScale):
        frameworks = [framework.pk for framework in frameworks_of(item)]
        return lambda way: Q(**{f"{way}__in": frameworks})
    return None


def _nothing(content: Content) -> Content:
    """Content of the same kind that says nothing."""
    if isinstance(content, FrameworkContent):
        return FrameworkContent(title="")
    return type(content)(title="", role="")


def _removed(difference: Difference) -> tuple[Removed, ...]:
    """The competencies that go, with the number of their ratings in all versions."""
    gone = [change.old for change in difference.removed]
    gone = [part for part in gone if isinstance(part, CompetencyContent)]
    if not gone:
        return ()
    # A sheet may be written in another language, on a version that has the same key.
    ratings = Rating.objects.filter(competency__key__in=[part.key for part in gone]).order_by()
    counts = dict(ratings.values_list("competency__key").annotate(Count("pk")))
    counts = {str(key): count for key, count in counts.items()}
    return tuple(Removed(part, counts.get(part.key, 0)) for part in gone)
