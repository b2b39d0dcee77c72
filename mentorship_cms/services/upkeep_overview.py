"""All items with their upkeep at once: who answers for which, and what is due. Three queries."""

from dataclasses import dataclass
from datetime import date

import swapper
from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, F, IntegerField, Q, QuerySet, Value
from django.db.models.functions import Cast
from wagtail.permissions import policy_registry

from ..models import FrameworkPageMixin, RolePageMixin, Upkeep, concrete_pages
from ..models.kinds import PAGE
from ..models.upkeep import UpkeepState
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
        return self.upkeep.state

    @property
    def is_overdue(self) -> bool:
        return self.state == UpkeepState.OVERDUE


def base_page() -> type:
    """The base page model of the site."""
    return swapper.load_model("wagtailcore", "Page")


def _pages(model_or_manager) -> QuerySet:
    return model_or_manager.filter(live=True, alias_of=None, content_type__in=project_page_types())


def _changeable(user) -> list[QuerySet]:
    """The published items that ``user`` may change, or all, a queryset for each model."""

    def of(model):
        if user is None:
            return model.objects.all()
        policy = policy_registry.get_by_type(model)
        return policy.instances_user_has_permission_for(user, "change")

    found = [of(model).filter(live=True) for model in KEPT_SNIPPETS.values()]
    found.append(_pages(of(base_page())))
    return [items for items in found if not items.query.is_empty()]


def keeps_anything(user) -> bool:
    """Whether there is a published item that ``user`` may change. One query at most."""
    snippets = (policy_registry.get_by_type(model) for model in KEPT_SNIPPETS.values())
    if any(policy.user_has_permission(user, "change") for policy in snippets):
        return True
    return any(items.exists() for items in _changeable(user))


def kept_items(*, user=None, due_by: date | None = None) -> list[KeptItem]:
    """The published items that ``user`` may change, or all of them, the most urgent first.

    With ``due_by`` only what is due on that day or before it. Three queries whatever there is,
    and none for who may change no item.
    """
    sources = _changeable(user)
    if not sources:
        return []
    rows = Upkeep.objects.select_related("owner").order_by("due_on", "pk")
    types = {one.pk for one in project_page_types()}
    if due_by is not None:
        # The pages above are needed for their owners, also when they are not due.
        rows = rows.filter(Q(due_on__lte=due_by) | Q(content_type__in=types, owner__isnull=False))
    rows = list(rows)
    due = {
        (row.content_type_id, row.object_id): row
        for row in rows
        if due_by is None or row.due_on <= due_by
    }
    if not due:
        return []
    titles = {
        (type_id, pk): (title, language)
        for type_id, pk, title, language in _union(
            items.annotate(
                kept_type=_type_of(items.model),
                kept_pk=Cast("pk", CharField()),
                kept_title=F("title"),
                kept_language=F("locale__language_code"),
            )
            for items in sources
        )
    }
    tree = _Tree({row.object_id: row for row in rows if row.content_type_id in types}, types)
    kinds = {
        ContentType.objects.get_for_model(model).pk: kind for kind, model in KEPT_SNIPPETS.items()
    }
    kept = []
    for key, row in due.items():
        if key not in titles:
            continue
        page_id, above = tree.of(key)
        owner = row.active_owner
        kept.append(
            KeptItem(
                kind=kinds.get(key[0], PAGE),
                pk=key[1],
                title=titles[key][0],
                language=titles[key][1],
                upkeep=row,
                owner=owner or above,
                inherited=owner is None and above is not None,
                page_id=page_id,
            )
        )
    return kept


class _Tree:
    """Where the items lie in the tree of pages, and who answers for the pages above. One query."""

    def __init__(self, upkeep_of_pages, types):
        self.first = {}
        self.owners = {}
        self.step = base_page().steplen
        for type_id, key, path, page_id in _union(self._places()):
            # In another place a page comes later in the tree; its first one counts.
            known = self.first.get((type_id, key))
            if known is None or path < known[0]:
                self.first[type_id, key] = path, page_id
            if type_id in types and key in upkeep_of_pages:
                self.owners[path] = upkeep_of_pages[key].active_owner

    def _places(self):
        """The project pages themselves, and the pages that show snippets."""
        yield self._place(_pages(base_page().objects), F("content_type_id"), "pk")
        subjects = {"framework": FrameworkPageMixin, "role": RolePageMixin}
        for kind, mixin in subjects.items():
            kept_type = _type_of(KEPT_SNIPPETS[kind])
            for model in concrete_pages(mixin):
                yield self._place(
                    model.objects.filter(live=True), kept_type, f"{mixin.subject_field}_id"
                )

    @staticmethod
    def _place(pages, kept_type, subject):
        return pages.annotate(
            kept_type=kept_type,
            kept_pk=Cast(subject, CharField()),
            kept_path=F("path"),
            kept_page=F("pk"),
        )

    def of(self, key) -> tuple:
        """The first page of the item with that key, and the owner of the nearest page above."""
        path, page_id = self.first.get(key, ("", None))
        for end in range(len(path) - self.step, 0, -self.step):
            if owner := self.owners.get(path[:end]):
                return page_id, owner
        return page_id, None


def _type_of(model):
    """The content type of the rows of ``model``: pages say themselves what they are."""
    if issubclass(model, base_page()):
        return F("content_type_id")
    return Value(ContentType.objects.get_for_model(model).pk, output_field=IntegerField())


def _union(querysets) -> QuerySet:
    """The rows of querysets with the same ``kept_…`` annotations, as one query of tuples."""
    first, *rest = (
        rows.order_by().values_list(
            *(name for name in rows.query.annotations if name.startswith("kept_"))
        )
        for rows in querysets
    )
    # Without an order of its own, a union would take that of the first model.
    return first.union(*rest, all=True).order_by()
