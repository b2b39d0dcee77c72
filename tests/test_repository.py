"""What holds for the files of the repository as a whole."""

import re
import subprocess
import tomllib
from pathlib import Path

import polib
import pytest

from mentorship_cms import __version__

ROOT = Path(__file__).resolve().parent.parent
#: Written in parts, so that this file does not hold what it looks for.
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("pypi", "python", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("debian", "org"),
        ("ubuntu", "com"),
    )
]
#: Lock files that record where each package comes from.
LOCKS_WITH_ADDRESSES = re.compile(
    r"(uv|poetry|pdm|Pipfile|yarn)\.lock|pylock(\..*)?\.toml|package-lock\.json"
    r"|npm-shrinkwrap\.json|pnpm-lock\.yaml"
)
LOCKS = sorted(path.name for path in (ROOT / "requirements").glob("*.txt"))
LANGUAGES = ("nl", "fr")


def tracked_files():
    """The files that git keeps, or would keep with the next `git add`."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file()]


def catalogues():
    return [path for path in tracked_files() if path.suffix == ".po"]


def pins(lock):
    """The packages of a lock file with their versions, markers left out."""
    text = (ROOT / "requirements" / lock).read_text()
    return re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;]+)", text, re.MULTILINE)


def test_no_file_names_a_package_registry():
    found = [
        f"{path.relative_to(ROOT)}: {host}"
        for path in tracked_files()
        for host in REGISTRY_HOSTS
        if host.encode() in path.read_bytes()
    ]
    assert not found


def test_no_lock_file_records_where_packages_come_from():
    names = [path.name for path in tracked_files()]
    assert not [name for name in names if LOCKS_WITH_ADDRESSES.fullmatch(name)]


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_files_hold_exact_versions_and_hashes_alone(lock):
    lines = (ROOT / "requirements" / lock).read_text().splitlines()
    lines = [line for line in lines if not line.lstrip().startswith("#")]
    requirement = re.compile(r"[\w.-]+(\[[\w,]+\])?==\S+( ; .+)? \\")
    digest = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert not [
        line for line in lines if not (requirement.fullmatch(line) or digest.fullmatch(line))
    ]
    for line, following in zip(lines, lines[1:], strict=False):
        if requirement.fullmatch(line):
            assert digest.fullmatch(following), line


def test_the_tests_use_the_versions_of_the_demonstration():
    assert set(pins("demo.txt")) <= set(pins("test-django52.txt"))


def test_the_lock_files_serve_what_the_package_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {re.match(r"[\w-]+", need).group().lower() for need in project["dependencies"]}
    for lock in LOCKS:
        assert needed <= {name for name, _ in pins(lock)}, lock


def test_each_release_of_django_has_its_lock():
    assert dict(pins("demo.txt"))["django"].startswith("5.2.")
    assert dict(pins("test-django52.txt"))["django"].startswith("5.2.")
    assert dict(pins("test-django61.txt"))["django"].startswith("6.1.")


def test_the_folder_of_the_demonstration_is_no_package():
    """A package called `site` would hide the standard library's module of that name."""
    assert (ROOT / "site/manage.py").exists()
    assert not (ROOT / "site/__init__.py").exists()


def test_the_package_has_a_catalogue_for_each_language():
    folder = ROOT / "mentorship_cms/locale"
    found = {path.relative_to(folder).parts[0] for path in catalogues() if folder in path.parents}
    assert found == set(LANGUAGES)


def test_catalogues_are_complete():
    unfinished = [
        f"{path.relative_to(ROOT)}: {entry.msgid}"
        for path in catalogues()
        for entry in polib.pofile(str(path))
        if not entry.obsolete and not entry.translated()
    ]
    assert not unfinished


def test_catalogues_are_compiled():
    for path in catalogues():
        compiled = {
            (entry.msgctxt, entry.msgid): (entry.msgstr, entry.msgstr_plural)
            for entry in polib.mofile(str(path.with_suffix(".mo")))
        }
        stale = [
            entry.msgid
            for entry in polib.pofile(str(path)).translated_entries()
            if compiled.get((entry.msgctxt, entry.msgid)) != (entry.msgstr, entry.msgstr_plural)
        ]
        assert not stale, path.relative_to(ROOT)


def test_translations_keep_their_placeholders():
    for path in catalogues():
        for entry in polib.pofile(str(path)).translated_entries():
            allowed = set(placeholders(entry.msgid + (entry.msgid_plural or "")))
            for text in [entry.msgstr, *entry.msgstr_plural.values()]:
                if text:
                    assert set(placeholders(text)) <= allowed, f"{path.name}: {entry.msgid}"


def placeholders(text):
    return re.findall(r"%\(\w+\)[sd]|%[sd]|\{\w*\}", text)


def test_the_changelog_has_the_current_version():
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
