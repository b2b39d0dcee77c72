"""Publication of editorial snippets, and the versions it leaves behind."""

from datetime import datetime

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from modelcluster.models import ClusterableModel, get_all_child_relations
from wagtail.log_actions import LogContext, get_active_log_context
from wagtail.search import index

from ..models import (
    CompetencyFramework,
    FrameworkVersion,
    RatingScale,
    RoleDescription,
    RoleVersion,
    VersionCompetency,
    VersionLevel,
    pages_showing,
)
from ..models.editorial import EditorialSnippet
from ..models.versions import Version
from ..permissions import may_publish
from ..records import name_of
from ..structures import Content
from . import upkeep
from .drafting import StaleDraftError, take_draft

VERSION_MODELS = {CompetencyFramework: FrameworkVersion, RoleDescription: RoleVersion}


@transaction.atomic
def publish(*, snippet: EditorialSnippet, user=None, note: str = "") -> None:
    """Publish ``snippet`` as it is in memory, the way the admin does.

    A new snippet is saved first. Revision, log entry, ledger rows and version all come from
    Wagtail's own publication. Raises ``ValidationError`` for content that is not valid.
    """
    with LogContext(user=user):
        created = snippet.pk is None
        snippet.change_note = note
        if created:
            snippet.live = False
            snippet.full_clean()
            snippet.save()
        revision = snippet.save_revision(
            user=user, log_action="wagtail.create" if created else "wagtail.edit"
        )
        revision.publish(user=user, skip_permission_checks=True)
    snippet.refresh_from_db()


@transaction.atomic
def publish_draft(
    *,
    item,
    user,
    revision_id: int,
    digest: str,
    note: str,
    day: datetime | None = None,
    confirmed: bool = False,
) -> EditorialSnippet:
    """Publish the draft that ``user`` has seen, with a note; return the item as it is now.

    ``digest`` is that of the content that was seen, and ``day`` when it was said to be published;
    None for at once. A draft with such a day is scheduled, as in Wagtail. With ``confirmed`` the
    person vouches for the whole text as well, if readers see it now. Raises ``StaleDraftError``
    when the draft moved on, or its day came, ``ValidationError`` for a draft that is locked,
    scheduled already or not complete, ``PermissionDenied`` without the right.
    """
    if not may_publish(user, item):
        raise PermissionDenied
    draft = take_draft(item=item, user=user)
    revision = draft.latest_revision
    if revision is None or (revision.pk, content_of(draft).digest()) != (revision_id, digest):
        raise StaleDraftError(
            _("The draft has changed since you looked at it. Nothing was published.")
        )
    if day_of(draft) != day:
        raise StaleDraftError(
            _("The day of publication has changed since you looked at it. Nothing was published.")
        )
    check_publishable(draft)
    if draft.change_note != note:
        revision.content["change_note"] = note
        revision.save(update_fields=["content"])
    # A change set of its own, whatever else the request does.
    with LogContext(user=user):
        revision.publish(user=user)
    if confirmed and day is None:
        upkeep.confirm(item=item, user=user)
    item.refresh_from_db()
    return item


def content_of(item: EditorialSnippet) -> Content:
    """What ``item`` says, as it is in memory; a scale as a framework with nothing else."""
    if isinstance(item, RatingScale):
        return CompetencyFramework().content(scale=item)
    return item.content()


def day_of(draft: EditorialSnippet) -> datetime | None:
    """When Wagtail would publish ``draft``; None for at once."""
    return draft.go_live_at if draft.go_live_at and draft.go_live_at > timezone.now() else None


def check_publishable(draft: EditorialSnippet) -> None:
    """Raise ``ValidationError`` when ``draft`` cannot be published as it is."""
    try:
        draft.clean_fields(exclude=["change_note"])
        draft.clean()
        _check_parts(draft)
    except ValidationError as error:
        raise ValidationError(
            {
                NON_FIELD_ERRORS: _(
                    "This draft is not complete yet. Publish it from the form, which shows what "
                    "is missing."
                )
            }
        ) from error


def _check_parts(parent) -> None:
    for relation in get_all_child_relations(type(parent)):
        for part in getattr(parent, relation.get_accessor_name()).all():
            part.clean_fields(exclude=[relation.field.name])
            if isinstance(part, ClusterableModel):
                _check_parts(part)


@transaction.atomic
def record_publication(*, snippet: EditorialSnippet, revision=None) -> list[Version]:
    """Freeze what ``snippet`` says now, if it says anything new; return the versions made.

    Publishing a rating scale freezes every published framework that uses it, for readers see
    another framework from then on. Idempotent: the same content again makes no version.
    """
    if not snippet.live:
        return []
    if isinstance(snippet, RatingScale):
        frameworks = CompetencyFramework.objects.filter(
            live=True, rating_scale__translation_key=snippet.translation_key
        )
        versions = [
            _freeze(framework, note=snippet.change_note, revision=None, author=revision)
            for framework in frameworks.order_by("pk")
        ]
    else:
        versions = [_freeze(snippet, note=snippet.change_note, revision=revision, author=revision)]
    return [version for version in versions if version is not None]


def refresh_search(*, snippet: EditorialSnippet) -> None:
    """Let the intranet's search know what the pages that show ``snippet`` say now."""
    for page in pages_showing(snippet):
        index.insert_or_update_object(page)


def _freeze(snippet, *, note, revision, author) -> Version | None:
    """Write the next version of ``snippet``; None when its latest version says the same."""
    model = type(snippet)
    version_model = VERSION_MODELS[model]
    # The lock keeps two publications at once from taking the same number.
    snippet = model.objects.select_for_update().select_related("locale").get(pk=snippet.pk)
    content = snippet.content()
    digest = content.digest()
    latest = snippet.versions.listed().first()
    if latest is not None and latest.digest == digest:
        return None
    person = get_active_log_context().user or (author.user if author else None)
    version = version_model.objects.create(
        **{version_model.subject_field: snippet},
        number=latest.number + 1 if latest else 1,
        language=snippet.locale.language_code,
        document=content.as_document(),
        digest=digest,
        note=note,
        published_at=timezone.now(),
        published_by=person,
        published_by_name=name_of(person),
        revision=revision,
    )
    if isinstance(version, FrameworkVersion):
        _freeze_rows(version, content)
    return version


def _freeze_rows(version: FrameworkVersion, content) -> None:
    """Write the rows that other records refer to."""
    VersionLevel.objects.bulk_create(
        VersionLevel(version=version, key=level.key, number=level.number, label=level.label)
        for level in content.levels
    )
    VersionCompetency.objects.bulk_create(
        VersionCompetency(
            version=version,
            key=competency.key,
            area_key=area.key,
            position=position,
            code=competency.code,
            title=competency.title,
            kind=competency.kind,
            criterion=competency.criterion,
        )
        for position, (competency, area) in enumerate(
            (competency, area) for area in content.areas for competency in area.competencies
        )
    )
