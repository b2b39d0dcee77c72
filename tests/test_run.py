"""The program `run`: what it says when something is missing, and that it does nothing twice."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: Interpreters that lack something, as shell scripts that answer what `run` asks them.
OLD_PYTHON = 'echo "3 10 14"'
PYTHON_WITHOUT_VENV = """
case "$*" in *ensurepip*) exit 1 ;; *version_info*) echo "3 11 4" ;; esac
"""
PYTHON_WITHOUT_NETWORK = f"""
case "$*" in *"-m pip"*) echo "ERROR: no matching distribution found" >&2; exit 1 ;; esac
case "$*" in
    *"-m venv"*)
        for folder; do :; done
        mkdir -p "$folder/bin"
        touch "$folder/pyvenv.cfg"
        cp "$0" "$folder/bin/python"
        ;;
    *manage.py*) env ;;
    *) exec {sys.executable} "$@" ;;
esac
"""
#: Installs without a word, and writes down each time it does.
PYTHON_THAT_COUNTS = PYTHON_WITHOUT_NETWORK.replace("exit 1 ;;", 'echo . >>"$COUNTER"; exit 0 ;;')


@pytest.fixture
def interpreter(tmp_path):
    """Return a function that makes an interpreter of a shell script."""

    def make(text):
        path = tmp_path / "python"
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(0o755)
        return str(path)

    return make


def run(tmp_path, *arguments, folder=ROOT, program=ROOT / "run", **variables):
    environment = {"PATH": os.environ["PATH"], "MENTORSHIP_VENV": str(tmp_path / "venv")}
    return subprocess.run(
        [sys.executable, program, *arguments],
        cwd=folder,
        env={**environment, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def assert_stops(result, *words):
    """The program left with code 2, and one line that says why and what helps."""
    assert result.returncode == 2, result.stdout + result.stderr
    [line] = result.stderr.splitlines()
    assert line.startswith("run: ")
    for word in words:
        assert word in line


@pytest.mark.parametrize("arguments", [[], ["help"], ["--help"]])
def test_help_lists_the_commands(tmp_path, arguments):
    result = run(tmp_path, *arguments, folder=tmp_path)
    assert result.returncode == 0
    for command in ("demo", "test", "lint", "manage", "messages", "bench", "endure"):
        assert f"\n  {command} " in result.stdout


def test_an_unknown_command_is_refused(tmp_path):
    assert_stops(run(tmp_path, "dmeo"), "dmeo", "./run help")


def test_an_old_python_is_refused(tmp_path, interpreter):
    result = run(tmp_path, "demo", "--no-serve", PYTHON=interpreter(OLD_PYTHON))
    assert_stops(result, "Python 3.11 or newer", "3.10.14", "PYTHON=")


def test_django_61_asks_for_a_newer_python(tmp_path, interpreter):
    python = interpreter(OLD_PYTHON.replace("10", "11"))
    result = run(tmp_path, "lint", PYTHON=python, MENTORSHIP_LOCK="test-django61")
    assert_stops(result, "Python 3.12 or newer", "3.11.14")


def test_a_missing_interpreter_is_refused(tmp_path):
    result = run(tmp_path, "demo", "--no-serve", PYTHON=str(tmp_path / "nothing"))
    assert_stops(result, "Python 3.11 or newer", "nothing")


def test_an_unknown_lock_is_refused(tmp_path):
    assert_stops(run(tmp_path, "lint", MENTORSHIP_LOCK="test-django20"), "test-django61")


def test_a_missing_venv_module_is_named(tmp_path, interpreter):
    result = run(tmp_path, "demo", "--no-serve", PYTHON=interpreter(PYTHON_WITHOUT_VENV))
    assert_stops(result, "apt-get install python3.11-venv")


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv/letter.txt").write_text("Dear")
    assert_stops(run(tmp_path, "demo", "--no-serve"), "was not made by this program")
    assert (tmp_path / "venv/letter.txt").exists()


def test_a_missing_network_is_named(tmp_path, interpreter):
    result = run(tmp_path, "demo", "--no-serve", PYTHON=interpreter(PYTHON_WITHOUT_NETWORK))
    assert_stops(result, "could not fetch the packages", "pip.log")
    assert "no matching distribution" in (tmp_path / "venv/pip.log").read_text()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_busy_port_is_found_before_anything_else(tmp_path, host):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        result = run(tmp_path, "demo", "--host", host, "--port", port, PYTHON="/nowhere")
    assert_stops(result, port, "in use", "--port")


@pytest.mark.parametrize("where", [["--port", "99999"], ["--host", "no.such.host.invalid"]])
def test_an_address_that_cannot_be_is_refused(tmp_path, where):
    assert_stops(run(tmp_path, "demo", *where, PYTHON="/nowhere"), "cannot serve on")


def test_what_is_installed_is_not_installed_again(tmp_path, interpreter):
    """The second command finds the stamp of the first; another Python makes it void."""
    counter = tmp_path / "counter"
    variables = {"PYTHON": interpreter(PYTHON_THAT_COUNTS), "COUNTER": str(counter)}
    for _ in range(2):
        run(tmp_path, "manage", "--version", **variables)
        assert counter.read_text().split() == ["."]
    (tmp_path / "venv/demo.stamp").write_text("of another lock file")
    run(tmp_path, "manage", "--version", **variables)
    assert counter.read_text().split() == [".", "."]


def test_manage_runs_on_the_demonstration_from_any_folder(tmp_path, interpreter):
    variables = {
        "PYTHON": interpreter(PYTHON_THAT_COUNTS),
        "COUNTER": str(tmp_path / "counter"),
        "DJANGO_SETTINGS_MODULE": "of.another.project",
        "PYTHONPATH": "/of/another/project",
    }
    result = run(tmp_path, "manage", "check", folder=tmp_path, **variables)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert "DJANGO_SETTINGS_MODULE=intranet.settings.demo" in lines
    assert f"PYTHONPATH={ROOT}:{ROOT}/site" in lines
    assert f"PWD={ROOT}" in lines


def test_the_demonstration_of_another_version_is_kept_aside(tmp_path, interpreter):
    """Whoever goes on to a newer version finds its content, and has lost nothing."""
    copy = tmp_path / "repository"
    shutil.copytree(ROOT / "requirements", copy / "requirements")
    program = shutil.copy(ROOT / "run", copy / "run")
    variables = {
        "PYTHON": interpreter(PYTHON_THAT_COUNTS),
        "COUNTER": str(tmp_path / "counter"),
        "program": program,
    }
    database, earlier = copy / "var/demo.sqlite3", copy / "var/earlier/demo.sqlite3"

    def start(words):
        database.write_text(words)
        result = run(tmp_path, "demo", "--no-serve", **variables)
        assert result.returncode == 0, result.stderr
        return result.stdout

    database.parent.mkdir()
    assert str(earlier.parent) in start("made by another version")
    assert earlier.read_text() == "made by another version"
    assert "Loading" not in start("made by this version")
    assert database.read_text() == "made by this version"
    (copy / "requirements/demo.txt").write_text("another version still")
    assert "Loading" in start("made by this version")
    assert earlier.read_text() == "made by this version"
