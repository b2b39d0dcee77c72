"""Who was mailed about which day, a row for each person, in the place of one day for all.

And what is said of a translation can be about a rating scale as well.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q


def remember_people(apps, schema_editor):
    """Write a row for each person who heard of the day that an item is due now.

    Of an item without owner of its own it is not known who was mailed as owner, unless nobody but
    one person owns project pages; otherwise its owner is mailed about that day once more.
    """
    using = schema_editor.connection.alias
    Upkeep = apps.get_model("mentorship_cms", "Upkeep")
    Reminder = apps.get_model("mentorship_cms", "UpkeepReminder")
    told = Upkeep._base_manager.using(using).filter(
        Q(mailed_for=F("due_on")) | Q(escalated_for=F("due_on"))
    )
    if not told.exists():
        return
    app_label, model_name = settings.AUTH_USER_MODEL.split(".")
    people = apps.get_model(app_label, model_name)._base_manager.using(using)
    snippets = ("competencyframework", "roledescription")
    owners = set(
        Upkeep._base_manager.using(using)
        .filter(owner__is_active=True)
        .exclude(content_type__app_label="mentorship_cms", content_type__model__in=snippets)
        .values_list("owner", flat=True)
    )
    above = owners if len(owners) == 1 else set()
    coordinates = {
        "content_type__app_label": "mentorship_cms",
        "codename": "coordinate_mentorship",
    }
    Permission = apps.get_model("auth", "Permission")
    rights = Permission._base_manager.using(using).filter(**coordinates)
    coordinators = set(
        people.filter(is_active=True)
        .filter(Q(user_permissions__in=rights) | Q(groups__permissions__in=rights))
        .values_list("pk", flat=True)
    )
    active = set(
        people.filter(pk__in=told.exclude(owner=None).values("owner"), is_active=True).values_list(
            "pk", flat=True
        )
    )
    rows = set()
    for upkeep in told.iterator():
        heard = set()
        if upkeep.mailed_for == upkeep.due_on:
            heard |= {upkeep.owner_id} if upkeep.owner_id in active else above
        if upkeep.escalated_for == upkeep.due_on:
            heard |= coordinators
        rows |= {(upkeep.pk, person, upkeep.due_on) for person in heard}
    Reminder._base_manager.using(using).bulk_create(
        Reminder(upkeep_id=upkeep, person_id=person, due_on=day) for upkeep, person, day in rows
    )


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("mentorship_cms", "0006_openings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="UpkeepReminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_on", models.DateField(verbose_name="due on")),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
                (
                    "upkeep",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reminders",
                        to="mentorship_cms.upkeep",
                    ),
                ),
            ],
            options={
                "verbose_name": "reminder of upkeep",
                "verbose_name_plural": "reminders of upkeep",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("upkeep", "person", "due_on"),
                        name="mentorship_cms_upkeepreminder_once",
                    )
                ],
            },
        ),
        migrations.RunPython(remember_people, migrations.RunPython.noop),
        migrations.RemoveField(model_name="upkeep", name="escalated_for"),
        migrations.RemoveField(model_name="upkeep", name="mailed_for"),
        migrations.RemoveConstraint(
            model_name="translationmark", name="mentorship_cms_translationmark_of_one_item"
        ),
        migrations.AddField(
            model_name="translationmark",
            name="rating_scale",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="translation_mark",
                to="mentorship_cms.ratingscale",
                verbose_name="rating scale",
            ),
        ),
        migrations.AddConstraint(
            model_name="translationmark",
            constraint=models.CheckConstraint(
                condition=Q(
                    framework__isnull=False,
                    role_description__isnull=True,
                    rating_scale__isnull=True,
                )
                | Q(
                    framework__isnull=True,
                    role_description__isnull=False,
                    rating_scale__isnull=True,
                )
                | Q(
                    framework__isnull=True,
                    role_description__isnull=True,
                    rating_scale__isnull=False,
                ),
                name="mentorship_cms_translationmark_of_one_item",
            ),
        ),
    ]
