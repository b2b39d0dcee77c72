"""A host with a base page of its own (``WAGTAIL_PAGE_MODEL``) can use the plugin's mixins."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def manage(*arguments):
    """Run a Django command with the settings of that host."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.hosts.swapped",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "site")]),
    }
    return subprocess.run(
        [sys.executable, "-m", "django", *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    "arguments", [["check"], ["makemigrations", "mentorship_cms", "--check", "--dry-run"]]
)
def test_a_command_finds_nothing_wrong(arguments):
    done = manage(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_pages_are_those_of_the_host():
    done = manage(
        "shell",
        "--no-imports",
        "-c",
        "from mentorship_cms.models import *;"
        "mixins = ProjectPageMixin, RolePageMixin, FrameworkPageMixin;"
        "pages = [page.__name__ for mixin in mixins for page in concrete_pages(mixin)];"
        "print(HAS_CONCRETE_PAGES, *pages)",
    )
    assert done.stdout.split() == ["False", "OwnProjectPage", "OwnRolePage", "OwnFrameworkPage"], (
        done.stderr
    )
