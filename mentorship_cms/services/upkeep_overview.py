"""All items with their upkeep at once: who answers for which, and what is due. One query."""

from dataclasses import dataclass
from datetime import date
from itertools import chain

import swapper
from django.contrib.contenttypes.models import ContentType
from django.db.models import (
    BigIntegerField,
    Case,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from ..models import FrameworkPageMixin, RolePageMixin, Upkeep, concrete_pages
from ..models.kinds import PAGE
from ..models.upkeep import UpkeepState
from ..permissions import changeable_by, may_change_some
from .upkeep import KEPT_SNIPPETS, project_page_types

swapper.set_app_prefix("wagtailcore", "wagtail")


@dataclass(frozen=True)
class KeptItem:
    """A published item with its upkeep, without its words.

    ``owner`` is the person who answers for it, ``inherited`` whether that comes from a page
    above, and ``page_id`` the first page that shows it to readers, if any.
    """

    kind: str
    pk: str
    title: str
    language: str
    upkeep: Upkeep
    owner: object | None
    inherited: bool
    page_id: int | None

    @property
    def state(self) -> UpkeepState:
        """How urgent it is to check the item."""
        return self.upkeep.state

    @property
    def is_overdue(self) -> bool:
        """Whether its day is past."""
        return self.state == UpkeepState.OVERDUE


def base_page() -> type:
    """The base page model of the site."""
    return swapper.load_model("wagtailcore", "Page")


def _pages(model_or_manager) -> QuerySet:
    return model_or_manager.filter(live=True, alias_of=None, content_type__in=project_page_types())


def _changeable(user) -> list[QuerySet]:
    """The published items that ``user`` may change, or all, a queryset for each model."""

    def of(model):
        """The items of a model that the person may change."""
        return model.objects.all() if user is None else changeable_by(user, model)

    found = [of(model).filter(live=True) for model in KEPT_SNIPPETS.values()]
    found.append(_pages(of(base_page())))
    return [items for items in found if not items.query.is_empty()]


def keeps_anything(user) -> bool:
    """Whether there is a published item that ``user`` may change. One query at most."""
    if any(may_change_some(user, model) for model in KEPT_SNIPPETS.values()):
        return True
    return any(items.exists() for items in _changeable(user))


def kept_items(*, user=None, due_by: date | None = None) -> list[KeptItem]:
    """The published items that ``user`` may change, or all of them, the most urgent first.

    With ``due_by`` only what is due on that day or before it. One query whatever there is, and
    none for who may change no item.
    """
    sources = _changeable(user)
    if not sources:
        return []
    places = _places()
    rows = (
        Upkeep.objects.select_related("owner")
        .annotate(**_titles(sources), **dict(chain(*places.values())))
        .order_by("due_on", "pk")
    )
    types = {one.pk for one in project_page_types()}
    if due_by is not None:
        # The pages above are needed for their owners, also when they are not due.
        rows = rows.filter(Q(due_on__lte=due_by) | Q(content_type__in=types, owner__isnull=False))
    rows = [(row, _first_place(row, places)) for row in rows]
    owners = {
        path: row.active_owner for row, (path, _page_id) in rows if row.content_type_id in types
    }
    kinds = {_type_of(model): kind for kind, model in KEPT_SNIPPETS.items()}
    kept = []
    for row, (path, page_id) in rows:
        if row.kept_title is None or (due_by is not None and row.due_on > due_by):
            continue
        owner, above = row.active_owner, _owner_above(path, owners)
        kept.append(
            KeptItem(
                kind=kinds.get(row.content_type_id, PAGE),
                pk=row.object_id,
                title=row.kept_title,
                language=row.kept_language,
                upkeep=row,
                owner=owner or above,
                inherited=owner is None and above is not None,
                page_id=page_id,
            )
        )
    return kept


#: The key of the item that a row is about, as a number for its index.
_KEY = Cast(OuterRef("object_id"), BigIntegerField())


def _type_of(model) -> int:
    return ContentType.objects.get_for_model(model).pk


def _is_about(model) -> Q:
    """The rows about items of ``model``; the base page stands for all project pages."""
    if model is base_page():
        return Q(content_type__in=[one.pk for one in project_page_types()])
    return Q(content_type=_type_of(model))


def _column(whens, items: QuerySet, name: str) -> Case:
    """A field of the first of ``items``, for the rows that ``whens`` is about."""
    return Case(When(whens, then=Subquery(items.values(name)[:1])))


def _titles(sources: list[QuerySet]) -> dict[str, Coalesce]:
    """Title and language of each item that is among ``sources``; none for others."""
    fields = {"kept_title": "title", "kept_language": "locale__language_code"}
    own = [(_is_about(items.model), items.order_by().filter(pk=_KEY)) for items in sources]
    return {
        name: Coalesce(*(_column(whens, items, field) for whens, items in own), Value(None))
        for name, field in fields.items()
    }


def _places() -> dict[int, tuple]:
    """Columns with path and id of the first page of an item, for each model of pages."""
    pages = _pages(base_page().objects).filter(pk=_KEY)
    found = [(_is_about(base_page()), pages)]
    for kind, mixin in {"framework": FrameworkPageMixin, "role": RolePageMixin}.items():
        found += [
            (
                _is_about(KEPT_SNIPPETS[kind]),
                model.objects.filter(live=True, **{mixin.subject_field: _KEY}).order_by("path"),
            )
            for model in concrete_pages(mixin)
        ]
    return {
        number: (
            (f"kept_path_{number}", _column(whens, pages, "path")),
            (f"kept_page_{number}", _column(whens, pages, "pk")),
        )
        for number, (whens, pages) in enumerate(found)
    }


def _first_place(row, places) -> tuple[str, int | None]:
    """Path and id of the page that comes first in the tree."""
    found = (tuple(getattr(row, name) for name, _column in pair) for pair in places.values())
    return min((place for place in found if place[0]), default=("", None))


def _owner_above(path: str, owners: dict):
    """The owner of the nearest project page above ``path`` that has one."""
    step = base_page().steplen
    paths = (path[:end] for end in range(len(path) - step, 0, -step))
    return next(filter(None, map(owners.get, paths)), None)
