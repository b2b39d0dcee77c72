"""``manage.py mentorship_setup``: groups, starter content and pages, made once."""

import swapper
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from mentorship_cms import starter
from mentorship_cms.services.setup import Setup, SetupError


class Command(BaseCommand):
    """Makes what is missing of a mentoring project; keeps whatever is there."""

    help = (
        "Sets up a mentoring project beneath a page: groups, starter content and pages. "
        "Run it as often as you like: it makes what is missing and changes nothing else."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--parent",
            required=True,
            help="The page to work beneath: its id, its address path (/intranet/) or its slug.",
        )
        parser.add_argument(
            "--language",
            nargs="+",
            required=True,
            metavar="CODE",
            help=f"One or more of: {', '.join(starter.LANGUAGES)}.",
        )
        parser.add_argument("--user", help="User name of the person to name as publisher.")
        parser.add_argument(
            "--dry-run", action="store_true", help="Tell what would be made; write nothing."
        )

    def handle(self, *, parent, language, user, dry_run, verbosity, **options):
        try:
            report = Setup(
                parent=find_page(parent),
                languages=language,
                user=find_user(user) if user else None,
                dry_run=dry_run,
            ).run()
        except SetupError as error:
            raise CommandError(str(error)) from error
        if verbosity:
            for verb, thing in report:
                self.stdout.write(f"{verb}: {thing}")
            made = sum(verb != "kept" for verb, _thing in report)
            kept = len(report) - made
            verb = "would be made" if dry_run else "made"
            self.stdout.write(self.style.SUCCESS(f"{made} {verb}, {kept} kept."))


def find_page(text):
    """Return the specific page that ``text`` names by id, URL path or slug.

    Raises ``CommandError`` when there is none, or more than one.
    """
    Page = swapper.load_model("wagtailcore", "Page")
    if text.isdigit():
        pages = Page.objects.filter(pk=int(text))
    elif "/" in text:
        path = "/" + text.strip("/")
        pages = [page for page in Page.objects.filter(depth__gt=1) if _has_path(page, path)]
    else:
        pages = Page.objects.filter(depth__gt=1, slug=text)
    pages = list(pages)
    if not pages:
        raise CommandError(f"There is no page '{text}'. Give a page's id, path or slug.")
    if len(pages) > 1:
        ids = ", ".join(f"{page.pk} ({page.title})" for page in pages)
        raise CommandError(f"More than one page is called '{text}'. Give an id: {ids}.")
    if pages[0].depth == 1:
        raise CommandError("The root of the page tree belongs to no site. Give a page beneath it.")
    return pages[0].specific


def _has_path(page, path):
    parts = page.get_url_parts()
    return parts is not None and (parts[2] or "").rstrip("/") == path.rstrip("/")


def find_user(name):
    """Return the user called ``name``; raises ``CommandError`` when there is none."""
    User = get_user_model()
    try:
        return User._default_manager.get_by_natural_key(name)
    except User.DoesNotExist as error:
        raise CommandError(f"There is no user '{name}'.") from error
