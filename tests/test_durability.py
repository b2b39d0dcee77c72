"""Writers that are killed and that race leave nothing half-saved and lose nothing, in small."""

import os
import subprocess
import sys
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
FIGURES = [
    "kill -9 at 6 moments",
    "half-saved: 0",
    "40 saves by 4 processes: 40 accepted",
    "accepted texts lost: 0",
    "roles signed twice or not at all: 0",
]


def test_kills_and_races():
    """The script that `./run endure` starts, on the kind of database that the tests use."""
    words = ["--kills=6", "--saves=40", "--processes=4", "--signers=4", "--rounds=2"]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "bench.durability_settings",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "site")]),
    }
    result = subprocess.run(
        [sys.executable, "-m", "bench.durability", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.startswith(connection.display_name)
    for figure in FIGURES:
        assert figure in result.stdout
