"""A host that has wagtail-localize: the tests in ``tests/hosts/localized_scenarios.py``."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_in_a_host_with_wagtail_localize():
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")
    }
    options = ["-q", "-p", "no:cacheprovider", "--ds", "tests.hosts.localized"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "tests/hosts/localized_scenarios.py"],
        # A database of its own, also when the tests around it have a server.
        env=environment | {"MENTORSHIP_DB": "sqlite"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
