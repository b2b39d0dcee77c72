"""What is live already is due an interval after it was first published."""

import calendar

from django.conf import settings
from django.db import migrations
from django.utils import timezone

MODELS = ("CompetencyFramework", "RoleDescription", "MentoringProjectPage")


def due_on(begun, months):
    """The day so many months after ``begun``, or the last one of a shorter month."""
    day = timezone.localdate(begun)
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return day.replace(year=day.year + years, month=month + 1, day=min(day.day, last))


def begin(apps, schema_editor):
    """Make the rows of what is live; the daily command makes those of a host's own page types."""
    using = schema_editor.connection.alias
    Upkeep = apps.get_model("mentorship_cms", "Upkeep")
    ContentType = apps.get_model("contenttypes", "ContentType")
    months = getattr(settings, "MENTORSHIP_CMS_REVIEW_MONTHS", 12)
    for name in MODELS:
        try:
            model = apps.get_model("mentorship_cms", name)
        except LookupError:
            continue  # the host has a base page of its own
        items = model._base_manager.using(using).filter(live=True)
        if name == "MentoringProjectPage":
            items = items.filter(alias_of=None)
        dates = list(items.values_list("pk", "first_published_at", "last_published_at"))
        if not dates:
            continue
        content_type, _made = ContentType._base_manager.using(using).get_or_create(
            app_label="mentorship_cms", model=name.lower()
        )
        Upkeep._base_manager.using(using).bulk_create(
            (
                Upkeep(
                    content_type=content_type,
                    object_id=str(pk),
                    due_on=due_on(first or last or timezone.now(), months),
                )
                for pk, first, last in dates
            ),
            ignore_conflicts=True,
        )


class Migration(migrations.Migration):
    dependencies = [("mentorship_cms", "0004_upkeep")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
