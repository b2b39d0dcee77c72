"""What is known of an item, as light rows: no version's document, no log entry's data.

The rows of all sources come in one query.
"""

import uuid
from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from django.db.models import (
    Case,
    F,
    IntegerField,
    Max,
    Min,
    Q,
    TextField,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, TruncSecond
from wagtail.log_actions import registry as log_registry

from ..choices import UPKEEP_LOG, FlagState
from ..models import (
    Competency,
    CompetencyArea,
    CompetencyFramework,
    Flag,
    Level,
    RatingScale,
    Responsibility,
    ResponsibilityGroup,
    RoleDescription,
    TranslationMark,
    UpkeepAct,
)
from ..models.kinds import MARK_FIELDS, SUBJECT_FIELDS

#: What the ledger keeps of an item beside itself, from the top: model and its parent.
PARTS = {
    CompetencyFramework: [(CompetencyArea, "framework_id"), (Competency, "area_id")],
    RoleDescription: [
        (ResponsibilityGroup, "role_description_id"),
        (Responsibility, "group_id"),
    ],
    RatingScale: [(Level, "scale_id")],
}


class Row(NamedTuple):
    """A light row of any source; what each column holds depends on it."""

    source: str
    change_set: uuid.UUID | None
    what: str
    person: object
    revision: int | None
    at: datetime
    entry: int
    name: str
    note: str
    more: str
    subject: str


#: How the columns are called in the query, where a model has fields of such names.
_COLUMNS = [f"row_{name}" for name in Row._fields]
_TEXTS = ("source", "what", "name", "note", "more", "subject")
_EMPTY = Row(
    source=None,
    change_set=Cast(Value(None), UUIDField()),
    what=Value(""),
    person=None,
    revision=Cast(Value(None), IntegerField()),
    at=None,
    entry=Value(0),
    name=Value(""),
    note=Value(""),
    more=Value(""),
    subject=Value(""),
)


def _rows(queryset, source: str, *, grouped: tuple[str, ...] = (), **columns):
    """The light rows of ``queryset``; ``grouped`` names the columns that are aggregates."""
    columns = _EMPTY._replace(source=Value(source), **columns)._asdict()
    # Sources meet in one query, so that each column has one type.
    columns |= {name: Cast(columns[name], TextField()) for name in _TEXTS}
    plain = {f"row_{name}": value for name, value in columns.items() if name not in grouped}
    rows = queryset.order_by().annotate(**plain)
    if grouped:
        rows = rows.values(*plain).annotate(**{f"row_{name}": columns[name] for name in grouped})
    return rows.values_list(*_COLUMNS)


def read(item) -> dict[str, list[Row]]:
    """Everything that is known of ``item``, by source, oldest first."""
    first, *others = [
        _rows(
            # Acts of upkeep have rows of their own, which say more.
            log_registry.get_logs_for_instance(item).exclude(action__startswith=UPKEEP_LOG),
            "log",
            grouped=("at", "entry"),
            change_set=F("uuid"),
            what=F("action"),
            person=F("user_id"),
            revision=F("revision_id"),
            at=Max("timestamp"),
            entry=Max("pk"),
            # Entries without change set stand by themselves.
            more=_own_key(),
        ),
        *_ledger_rows(item),
        _rows(
            item.revisions,
            "revision",
            what=Coalesce(
                Cast("approved_go_live_at", TextField()), Value(""), output_field=TextField()
            ),
            person=F("user_id"),
            at=F("created_at"),
            entry=F("pk"),
        ),
    ]
    if hasattr(item, "versions"):
        others.append(
            _rows(
                item.versions,
                "version",
                person=F("published_by_id"),
                revision=F("revision_id"),
                at=F("published_at"),
                entry=F("number"),
                name=F("published_by_name"),
                note=F("note"),
            )
        )
    found = defaultdict(list)
    # Without an order of its own, a union would take that of the first model.
    for values in first.union(*others, *_beside_rows(item), all=True).order_by():
        row = Row(*values)
        found[row.source].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (row.at, row.entry))
    return found


def _own_key():
    return Case(
        When(uuid__isnull=True, then=Cast("pk", TextField())),
        default=Value(""),
        output_field=TextField(),
    )


def _ledger_rows(item):
    """What the ledger has of the item and its parts, by change set and second."""
    parents = [item.pk]
    sources = [type(item).history.filter(id=item.pk)]
    for model, parent in PARTS[type(item)]:
        rows = model.history.filter(**{f"{parent}__in": parents})
        sources.append(rows)
        parents = rows.order_by().values("id")
    for source in sources:
        yield _rows(
            source,
            "ledger",
            grouped=("at",),
            change_set=F("change_set"),
            person=F("history_user_id"),
            at=Min("history_date"),
            note=Coalesce("history_change_reason", Value(""), output_field=TextField()),
            more=TruncSecond("history_date"),
        )


def _beside_rows(item):
    yield _rows(
        UpkeepAct.objects.filter(
            upkeep__content_type__app_label=item._meta.app_label,
            upkeep__content_type__model=item._meta.model_name,
            upkeep__object_id=str(item.pk),
        ),
        "upkeep",
        what=F("kind"),
        person=F("by_id"),
        at=F("at"),
        entry=F("pk"),
        name=F("by_name"),
        note=F("remark"),
        more=F("due_on"),
        subject=F("owner_name"),
    )
    yield _rows(
        TranslationMark.objects.filter(**{MARK_FIELDS[type(item)]: item.pk}),
        "mark",
        person=F("by_id"),
        at=F("at"),
        entry=F("source_number"),
        name=F("by_name"),
    )
    if type(item) not in SUBJECT_FIELDS:
        return
    about = Q(**{SUBJECT_FIELDS[type(item)]: item.pk})
    yield _rows(
        Flag.objects.filter(about).exclude(state=FlagState.OPEN),
        "flag",
        what=F("state"),
        person=F("answered_by_id"),
        at=F("answered_at"),
        entry=F("pk"),
        name=F("answered_by_name"),
        note=F("sentence"),
        more=F("answer"),
        subject=F("part_name"),
    )
