"""``manage.py mentorship_remind``: the daily mails about texts that are to be checked."""

from django.core.management.base import BaseCommand, CommandError

from mentorship_cms import conf
from mentorship_cms.services.reminders import remind


class Command(BaseCommand):
    """Mails owners and coordinators, each once for each day that a text is due."""

    help = (
        "Mails who answers for a framework, a role description or a project page that is to be "
        "checked within two weeks, and the coordinators when it is overdue or nobody answers for "
        "it. Run it once a day: nobody is mailed twice about the same day."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--dry-run", action="store_true", help="Tell who would be mailed; send nothing."
        )

    def handle(self, *, dry_run, verbosity, **options):
        if not conf.get("SEND_MAIL"):
            if verbosity:
                self.stdout.write("MENTORSHIP_CMS_SEND_MAIL is off: nothing was sent.")
            return
        reminded = remind(dry_run=dry_run)
        if verbosity:
            if dry_run:
                for person in reminded.people:
                    self.stdout.write(f"would mail: {person.get_username()}")
            verb = "would be sent" if dry_run else "sent"
            self.stdout.write(
                self.style.SUCCESS(
                    f"Mails {verb}: {len(reminded.people)}. Texts: {len(reminded.items)}."
                )
            )
        if reminded.failed:
            raise CommandError(
                f"Mails not sent: {len(reminded.failed)}. The next run tries them again."
            )
