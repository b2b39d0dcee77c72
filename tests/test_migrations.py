"""What a migration makes of the rows that are there, in a database of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

REMINDERS = """
import datetime
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

call_command("migrate", "mentorship_cms", "0005", verbosity=0)
apps = MigrationExecutor(connection).loader.project_state(
    [("mentorship_cms", "0005_upkeep_rows")]
).apps
User = apps.get_model("auth", "User")
ContentType = apps.get_model("contenttypes", "ContentType")
Permission = apps.get_model("auth", "Permission")
Upkeep = apps.get_model("mentorship_cms", "Upkeep")

def kind(model):
    return ContentType._base_manager.get_or_create(app_label="mentorship_cms", model=model)[0]

def person(name, **fields):
    return User.objects.create(username=name, **fields)

right, _made = Permission.objects.get_or_create(
    codename="coordinate_mentorship", content_type=kind("mentorship")
)
owner, second = person("owner"), person("second")
by_group, by_right = person("by_group"), person("by_right")
gone = person("gone", is_active=False)
group = apps.get_model("auth", "Group").objects.create(name="Coordinators")
group.permissions.add(right)
by_group.groups.add(group)
for one in (by_group, by_right, gone):
    one.user_permissions.add(right)
day, before = datetime.date(2027, 3, 1), datetime.date(2026, 3, 1)

def upkeep(number, model="roledescription", **fields):
    Upkeep.objects.create(
        content_type=kind(model), object_id=str(number), due_on=day, **fields
    )

upkeep(1, owner=owner, mailed_for=day)
upkeep(2, owner=owner, mailed_for=day, escalated_for=day)
upkeep(3, owner=owner, mailed_for=before, escalated_for=before)
upkeep(4, mailed_for=day)
upkeep(5, owner=gone, mailed_for=day)
upkeep(6, model="mentoringprojectpage", owner=second)
upkeep(7)
call_command("migrate", "mentorship_cms", verbosity=0)
from mentorship_cms.models import UpkeepReminder
assert set(UpkeepReminder.objects.values_list("due_on", flat=True)) == {day}
for number, name in UpkeepReminder.objects.order_by("upkeep", "person__username").values_list(
    "upkeep__object_id", "person__username"
):
    print(number, name)
"""


def test_who_was_mailed_is_known_by_person():
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "intranet.settings.test",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "site")]),
    }
    # In memory, whatever database the other tests use.
    environment.pop("MENTORSHIP_DB", None)
    done = subprocess.run(
        [sys.executable, "-c", REMINDERS],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split("\n")[:-1] == [
        "1 owner",
        "2 by_group",
        "2 by_right",
        "2 owner",
        # Nobody but this person owns a project page.
        "4 second",
        "5 second",
    ]
