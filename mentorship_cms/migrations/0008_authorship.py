
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('mentorship_cms', '0007_reminders'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='evaluation',
            name='announced_on',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='announced for'),
        ),
        migrations.AddField(
            model_name='historicalevaluation',
            name='announced_on',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='announced for'),
        ),
        migrations.AddField(
            model_name='historicalsheet',
            name='contributors',
            field=models.JSONField(default=list, editable=False, verbose_name='who wrote in it'),
        ),
        migrations.AddField(
            model_name='sheet',
            name='contributors',
            field=models.JSONField(default=list, editable=False, verbose_name='who wrote in it'),
        ),
        migrations.AddConstraint(
            model_name='signature',
            constraint=models.UniqueConstraint(condition=models.Q(('verdict__in', ('refused', 'absent')), _negated=True), fields=('evaluation', 'person'), name='mentorship_cms_signature_person', violation_error_message='This person has signed in another role already.'),
        ),
    ]
