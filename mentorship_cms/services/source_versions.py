"""What an item said each time it was published, by number: its versions, or of a scale the ledger.

A rating scale has no versions of its own. Its publications are counted as the ledger has them, and
are the same ones tomorrow: nothing is ever taken out of the ledger.
"""

import copy
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cached_property

from ..models import Level, RatingScale
from ..structures import Content, LevelContent, ScaleContent

#: Rows of the ledger that one act wrote lie closer together than this.
SAME_ACT = timedelta(seconds=60)


class SourceVersions:
    """The versions of frameworks or roles; ``dates`` are their dates by item and number."""

    def __init__(self, items: list):
        self.model = type(items[0])
        self.items = items

    @cached_property
    def _rows(self) -> dict[int, dict[int, tuple]]:
        """By item: (date, id) of each version by its number."""
        found = {item.pk: {} for item in self.items}
        versions = self.model.versions.rel.related_model
        subject = f"{versions.subject_field}_id"
        rows = versions.objects.filter(**{f"{subject}__in": found}).order_by()
        for pk, number, at, version in rows.values_list(subject, "number", "published_at", "pk"):
            found[pk][number] = (at, version)
        return found

    @cached_property
    def dates(self) -> dict[int, dict[int, datetime]]:
        """When each version was published, by item and number. One query."""
        return {
            pk: {number: at for number, (at, _version) in rows.items()}
            for pk, rows in self._rows.items()
        }

    def contents(self, wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Content]:
        """What those versions say, given and returned by (item, number). One query."""
        ids = {self._rows[pk][number][1]: (pk, number) for pk, number in wanted}
        versions = self.model.versions.rel.related_model
        rows = versions.objects.filter(pk__in=ids).order_by().values_list("pk", "document")
        return {
            ids[pk]: versions.content_class.from_document(copy.copy(document))
            for pk, document in rows
        }


class ScalePublications(SourceVersions):
    """The publications of rating scales, which the ledger knows."""

    @cached_property
    def _found(self) -> dict[int, dict[int, tuple[datetime, ScaleContent]]]:
        """By scale: date and words of each publication by its number. Two queries."""
        pks = [item.pk for item in self.items]
        rows = defaultdict(list)
        for row in RatingScale.history.filter(id__in=pks):
            rows[row.id].append(row)
        for row in Level.history.filter(scale__in=pks):
            rows[row.scale_id].append(row)
        return {
            item.pk: dict(enumerate(_publications(item, rows[item.pk]), start=1))
            for item in self.items
        }

    @cached_property
    def dates(self):
        """When each publication was, by scale and number."""
        return {
            pk: {number: at for number, (at, _content) in found.items()}
            for pk, found in self._found.items()
        }

    def contents(self, wanted):
        """What those publications say, given and returned by (scale, number)."""
        return {(pk, number): self._found[pk][number][1] for pk, number in wanted}


def versions_of(items: list) -> SourceVersions:
    """What the items, all of one sort, said each time they were published."""
    kind = ScalePublications if isinstance(items[0], RatingScale) else SourceVersions
    return kind(items)


def _publications(scale: RatingScale, rows: list) -> list[tuple[datetime, ScaleContent]]:
    """When readers saw other words of ``scale`` than before, and which, oldest first."""
    found: list[tuple[datetime, ScaleContent]] = []
    itself, levels = None, {}
    for act in _acts(sorted(rows, key=lambda row: (row.history_date, row.history_id))):
        for row in act:
            if isinstance(row, RatingScale.history.model):
                itself = row
            elif row.history_type == "-":
                levels.pop(row.id, None)
            else:
                levels[row.id] = row
        if itself is None or not itself.live:
            continue
        ordered = sorted(levels.values(), key=lambda level: (level.sort_order or 0, level.id))
        content = ScaleContent(
            itself.title,
            itself.description,
            tuple(
                LevelContent(str(level.key), number, level.label, level.description)
                for number, level in enumerate(ordered, start=1)
            ),
        )
        if not found or found[-1][1] != content:
            found.append((act[-1].history_date, content))
    if not found and scale.live and scale.first_published_at:
        # Published without a trace in the ledger, such as loaded data.
        stored = RatingScale.objects.get(pk=scale.pk)
        found.append((scale.first_published_at, stored.scale_content()))
    return found


def _acts(rows: list) -> Iterator[list]:
    """The rows that one act wrote, act by act."""
    act = []
    for row in rows:
        before = act[-1] if act else None
        if before and (
            row.change_set != before.change_set or row.history_date - before.history_date > SAME_ACT
        ):
            yield act
            act = []
        act.append(row)
    if act:
        yield act
