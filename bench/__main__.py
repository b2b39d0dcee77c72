"""Run the measurements: `./run bench --help` says what can be chosen."""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("pages", "evaluations", "editing")


def main():
    """Build, measure, print; return the exit code."""
    options = parse_arguments()
    for folder in (str(ROOT), str(ROOT / "site")):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.settings"
    import django

    django.setup()
    from bench import editing, evaluations, pages

    folder = Path(tempfile.mkdtemp(prefix="mentorship-bench-"))
    missed = False
    try:
        for part in (pages, evaluations, editing):
            if part.__name__.removeprefix("bench.") in options.parts:
                missed = part.run(folder, options) or missed
    finally:
        shutil.rmtree(folder)
    return 1 if missed and options.check else 0


def parse_arguments():
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="./run bench",
        description="Measure what readers open, and what mentors, mentees and editors work with.",
        epilog=(
            "The evaluations are measured on SQLite, or on PostgreSQL with MENTORSHIP_DB=postgres "
            "and the variables PGHOST, PGPORT, PGUSER and PGPASSWORD; that needs the right to make "
            "databases, which are dropped again. The rest is measured on SQLite alone."
        ),
    )
    parser.add_argument(
        "--only",
        choices=PARTS,
        help="the pages of the project, those of the workspace, or those of editors",
    )
    parser.add_argument("--rounds", type=int, help="how often to measure (40; quick: 7)")
    parser.add_argument(
        "--evaluations",
        type=int,
        help="how many there are in the large database (100000; quick: 2000)",
    )
    parser.add_argument(
        "--items",
        type=int,
        help="how many items editors keep in the large database (500; quick: 50)",
    )
    parser.add_argument("--versions", type=int, help="how many versions each has (100; quick: 5)")
    parser.add_argument(
        "--quick",
        action="store_true",
        help="5 frameworks and versions, 2000 evaluations, 50 items, 7 rounds",
    )
    parser.add_argument(
        "--check", action="store_true", help="fail if a page needs more queries than it may"
    )
    options = parser.parse_args()
    on_postgres = os.environ.get("MENTORSHIP_DB", "sqlite") == "postgres"
    options.parts = [options.only] if options.only else ["evaluations"] if on_postgres else PARTS
    if on_postgres and options.only in ("pages", "editing"):
        parser.error(f"{options.only}: measured on SQLite, leave MENTORSHIP_DB out")
    if options.rounds is None:
        options.rounds = 7 if options.quick else 40
    if options.rounds < 2:
        parser.error("--rounds: two at least")
    if options.evaluations is None:
        options.evaluations = 2000 if options.quick else 100_000
    if options.evaluations <= 100:
        parser.error("--evaluations: more than 100, which is the small database")
    if options.items is None:
        options.items = 50 if options.quick else 500
    if options.items <= 5:
        parser.error("--items: more than 5, which is the small database")
    if options.versions is None:
        options.versions = 5 if options.quick else 100
    if options.versions < 2:
        parser.error("--versions: two at least")
    options.frameworks = 5 if options.quick else 50
    return options


if __name__ == "__main__":
    sys.exit(main())
