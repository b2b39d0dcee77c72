from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from intranet.demo_content import load_organisation, load_people, put_in_groups
from intranet.demo_mentoring import enrich_mentoring
from intranet.demo_mentorships import SETUP_AGE, at, load_mentorships, moment
from intranet.demo_upkeep import load_upkeep

LANGUAGES = ["nl", "fr", "en"]


class Command(BaseCommand):
    help = (
        "Fill the intranet with an invented organisation, its people, a mentoring project and "
        "two mentorships."
    )

    def handle(self, *args, **options):
        if not settings.DEBUG:
            raise CommandError(
                "The demonstration brings people with known passwords, so it is loaded only "
                "with DEBUG = True. Never do that on a real site."
            )
        with transaction.atomic():
            people = load_people()
            homes = load_organisation()
        # The mentoring project is older than the evaluations that were made on it.
        with at(moment(SETUP_AGE, "09:00")):
            call_command(
                "mentorship_setup",
                parent=str(homes["nl"].pk),
                language=LANGUAGES,
                user="editor",
                stdout=self.stdout,
            )
        put_in_groups(people)
        load_mentorships(enrich_mentoring)
        load_upkeep()
        self.print_people([person for person in people if "login" in person])

    def print_people(self, people):
        rows = [("Role", "Name", "User name", "Password", "Language")]
        for person in people:
            login = person["login"]
            name = f"{person['first_name']} {person['last_name']}"
            row = (login["role"], name, login["username"], login["password"], person["language"])
            rows.append(row)
        widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
        lines.insert(1, "  ".join("-" * width for width in widths))
        self.stdout.write("\nPeople of the demonstration\n\n")
        self.stdout.write("\n".join(lines) + "\n")
