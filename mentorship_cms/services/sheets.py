"""Drafts of sheets: ratings are kept on the server, each save with a check for other saves."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Value
from django.utils import timezone
from django.utils.translation import gettext as _

from ..choices import Answer
from ..models import Evaluation, FrameworkVersion, Rating, Sheet
from ..models.evaluations import LONGEST_TEXT
from ..permissions import EvaluationAccess, NotVisible, evaluation_for
from ..structures import FrameworkContent
from .errors import StaleError

#: Under this key the general remark of a sheet stands among its ratings.
GENERAL = ""


@dataclass(frozen=True)
class Entry:
    """What a form says of one competency.

    ``answer`` is a value of ``Answer``, "" for none, or None to leave it as it is (a text that
    is kept while typing). ``revision`` is the one that the form was opened with.
    """

    key: str
    answer: str | None
    level_key: str = ""
    remark: str = ""
    revision: int = 0


@dataclass
class Saved:
    """When a sheet was saved, the revision that each entry has from then on, and what is rated.

    ``answered`` holds the keys of the competencies that have an answer now.
    """

    sheet: Sheet
    saved_at: datetime
    revisions: dict[str, int] = field(default_factory=dict)
    answered: frozenset[str] = frozenset()


def version_for_language(evaluation: Evaluation, language: str) -> FrameworkVersion:
    """The version whose words an author who works in ``language`` rates on.

    That of the translation, when it has the same competencies and levels as the version of
    the evaluation; else the evaluation's own. Ratings meet by key, so both sides compare.
    """
    own = evaluation.framework_version
    if language == own.language:
        return own
    framework = evaluation.framework_version.framework
    translated = (
        FrameworkVersion.objects.filter(
            framework__translation_key=framework.translation_key,
            language=language,
            framework__live=True,
        )
        .order_by("-number")
        .first()
    )
    if translated is not None and _keys(translated.content) == _keys(own.content):
        return translated
    return own


def _keys(content: FrameworkContent):
    return (
        {competency.key for competency in content.competencies},
        [level.key for level in content.levels],
    )


def sheet_of(evaluation: Evaluation, side: str) -> Sheet | None:
    """The sheet of one side, with its version; None while nobody saved anything."""
    sheets = evaluation.sheets.filter(side=side).select_related("framework_version", "author")
    sheet = sheets.defer("framework_version__document").first()
    if sheet is not None and sheet.framework_version_id == evaluation.framework_version_id:
        # One document, read once.
        sheet.framework_version = evaluation.framework_version
    return sheet


def ratings_of(sheet: Sheet | None) -> dict[str, Rating]:
    """The ratings of a sheet by the key of the competency; the level comes along."""
    if sheet is None or sheet.pk is None:
        return {}
    ratings = sheet.ratings.select_related("level", "competency")
    return {str(rating.competency.key): rating for rating in ratings}


def _own_draft(user, evaluation_id, language) -> tuple[EvaluationAccess, Sheet]:
    """The sheet that ``user`` writes, locked with its evaluation; made when there is none."""
    access = evaluation_for(user, evaluation_id, lock=True)
    if access.side is None:
        raise NotVisible
    if access.own_side is None:
        raise ValidationError(_("This evaluation was dropped: nothing is written in it any more."))
    if not access.may_write_sheet:
        raise ValidationError(_("This evaluation is signed: nothing in it changes any more."))
    sheet = sheet_of(access.evaluation, access.own_side)
    if sheet is None:
        sheet = Sheet(
            evaluation=access.evaluation,
            side=access.own_side,
            framework_version=version_for_language(access.evaluation, language),
            language=language,
        )
    elif sheet.is_shared:
        raise ValidationError(
            _("This sheet is shared. Take it back to change it, as long as nobody has signed.")
        )
    return access, sheet


@transaction.atomic
def save_entries(*, user, evaluation_id: uuid.UUID, language: str, entries: list[Entry]) -> Saved:
    """Keep what ``user`` entered on their own sheet; only what changed is written.

    All entries are saved or none. ``language`` is the one the author works in. Raises
    ``NotVisible``; ``ValidationError`` by competency key for an unknown level, a foreign
    competency or a text that is too long; ``StaleError`` when an entry was changed elsewhere
    since the form was opened and says something else now.
    """
    access, sheet = _own_draft(user, evaluation_id, language)
    version = sheet.framework_version
    stored = ratings_of(sheet)
    general = {entry.key: entry for entry in entries if entry.key == GENERAL}
    entries = [entry for entry in entries if entry.key != GENERAL]
    competencies, levels = _ids(version)
    _check(entries, general, competencies, levels)

    conflicts = {}
    new, changed, revisions, remark = [], [], {}, sheet.remark
    for entry in entries:
        rating = stored.get(entry.key)
        level_id = levels[entry.level_key] if entry.answer == Answer.LEVEL else None
        if rating is None:
            if entry.answer or entry.remark:
                rating = Rating(
                    sheet=sheet,
                    competency_id=competencies[entry.key],
                    answer=entry.answer or "",
                    level_id=level_id,
                    remark=entry.remark,
                    revision=1,
                )
                new.append(rating)
            revisions[entry.key] = rating.revision if rating else 0
            continue
        answer, level_id = (
            (rating.answer, rating.level_id) if entry.answer is None else (entry.answer, level_id)
        )
        if (answer, level_id, entry.remark) != (rating.answer, rating.level_id, rating.remark):
            if rating.revision != entry.revision:
                conflicts[entry.key] = rating
                continue
            rating.answer, rating.level_id, rating.remark = answer, level_id, entry.remark
            rating.revision += 1
            changed.append(rating)
        revisions[entry.key] = rating.revision
    for entry in general.values():
        if entry.remark != sheet.remark:
            if sheet.revision != entry.revision:
                conflicts[GENERAL] = sheet
                continue
            sheet.remark = entry.remark
            sheet.revision += 1
        revisions[GENERAL] = sheet.revision
    if conflicts:
        raise StaleError(conflicts)

    if new or changed or sheet.remark != remark or sheet.pk is None:
        sheet.written_by(user, as_deputy=access.access.as_deputy)
    sheet.saved_at = timezone.now()
    sheet.save()
    for rating in new:
        rating.sheet = sheet
    Rating.objects.bulk_create(new)
    Rating.objects.bulk_update(changed, ["answer", "level", "remark", "revision"])
    answered = {rating.competency_id for rating in (*stored.values(), *new) if rating.answer}
    return Saved(
        sheet=sheet,
        saved_at=sheet.saved_at,
        revisions=revisions,
        answered=frozenset(key for key, pk in competencies.items() if pk in answered),
    )


def _ids(version: FrameworkVersion) -> tuple[dict[str, int], dict[str, int]]:
    """The ids of the competencies and of the levels of a version, by key. One query."""
    both = version.competencies.order_by().values_list("key", "pk", Value(True))
    levels = version.levels.order_by().values_list("key", "pk", Value(False))
    both = both.union(levels, all=True).order_by()
    found = ({}, {})
    for key, pk, is_competency in both:
        found[0 if is_competency else 1][str(key)] = pk
    return found


def _check(entries, general, competencies, levels):
    problems: dict[str, list[str]] = {}
    seen = set()
    for entry in (*entries, *general.values()):
        said = problems.setdefault(entry.key, [])
        if entry.key != GENERAL and entry.key not in competencies:
            said.append(_("This competency is not in the framework of this evaluation."))
        if entry.key in seen:
            said.append(_("This competency comes twice."))
        seen.add(entry.key)
        if entry.answer not in (None, "", *Answer.values):
            said.append(_("Choose one of the answers."))
        if entry.answer == Answer.LEVEL and entry.level_key not in levels:
            said.append(_("This level is not in the rating scale of this evaluation."))
        if len(entry.remark) > LONGEST_TEXT:
            said.append(
                _("This text has %(length)s characters; %(limit)s is the most that fits.")
                % {"length": len(entry.remark), "limit": LONGEST_TEXT}
            )
        if "\x00" in entry.remark:
            said.append(_("This text holds a character that cannot be kept."))
    problems = {key: said for key, said in problems.items() if said}
    if problems:
        raise ValidationError(problems)
