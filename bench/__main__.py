"""Run the measurements: `./run bench --help` says what can be chosen."""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("pages", "evaluations")


def main():
    """Build, measure, print; return the exit code."""
    options = parse_arguments()
    for folder in (str(ROOT), str(ROOT / "site")):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    import django

    django.setup()
    from bench import evaluations, pages

    folder = Path(tempfile.mkdtemp(prefix="mentorship-bench-"))
    missed = False
    try:
        for part in (pages, evaluations):
            if part.__name__.removeprefix("bench.") in options.parts:
                missed = part.run(folder, options) or missed
    finally:
        shutil.rmtree(folder)
    return 1 if missed and options.check else 0


def parse_arguments():
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="./run bench",
        description="Measure what readers open, and what mentors and mentees work with.",
        epilog=(
            "The evaluations are measured on SQLite, or on PostgreSQL with MENTORSHIP_DB=postgres "
            "and the variables PGHOST, PGPORT, PGUSER and PGPASSWORD; that needs the right to make "
            "databases, which are dropped again. The pages are measured on SQLite alone."
        ),
    )
    parser.add_argument(
        "--only", choices=PARTS, help="the pages of the project, or the workspace's"
    )
    parser.add_argument("--rounds", type=int, help="how often to measure (40; quick: 7)")
    parser.add_argument(
        "--evaluations",
        type=int,
        help="how many there are in the large database (100000; quick: 2000)",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="5 frameworks and versions, 2000 evaluations, 7 rounds",
    )
    parser.add_argument(
        "--check", action="store_true", help="fail if a page needs more queries than it may"
    )
    options = parser.parse_args()
    on_postgres = os.environ.get("MENTORSHIP_DB", "sqlite") == "postgres"
    options.parts = [options.only] if options.only else ["evaluations"] if on_postgres else PARTS
    if on_postgres and options.only == "pages":
        parser.error("the pages are measured on SQLite: leave MENTORSHIP_DB out")
    if options.rounds is None:
        options.rounds = 7 if options.quick else 40
    if options.rounds < 2:
        parser.error("--rounds: two at least")
    if options.evaluations is None:
        options.evaluations = 2000 if options.quick else 100_000
    if options.evaluations <= 100:
        parser.error("--evaluations: more than 100, which is the small database")
    options.frameworks, options.versions = (5, 5) if options.quick else (50, 100)
    return options


if __name__ == "__main__":
    sys.exit(main())
