from django.db import migrations, models
from django.db.models import Exists, OuterRef


def name_parts(apps, schema_editor):
    """What was opened was an evaluation, or else the progress over all of them."""
    opening = apps.get_model("mentorship_cms", "Opening")
    evaluation = apps.get_model("mentorship_cms", "Evaluation")
    of_one = Exists(evaluation.objects.filter(public_id=OuterRef("subject")))
    opening.objects.filter(of_one).update(part="evaluation")


class Migration(migrations.Migration):
    """Openings say what of the record was opened."""

    dependencies = [("mentorship_cms", "0005_upkeep_rows")]

    operations = [
        migrations.AddField(
            model_name="opening",
            name="part",
            field=models.CharField(
                choices=[
                    ("evaluation", "evaluation"),
                    ("progress", "Progress over all evaluations"),
                    ("agreed", "Action points still open"),
                    ("people", "Who takes part, and the dates"),
                ],
                default="progress",
                max_length=20,
                verbose_name="part",
            ),
            preserve_default=False,
        ),
        migrations.RunPython(name_parts, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="opening", name="mentorship_cms_opening_day"),
        migrations.AddConstraint(
            model_name="opening",
            constraint=models.UniqueConstraint(
                fields=("subject", "part", "person", "opened_on"),
                name="mentorship_cms_opening_day",
            ),
        ),
    ]
