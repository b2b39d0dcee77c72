"""The addresses of the mentoring project in the demonstration, from its starter content."""

import json
from pathlib import Path

STARTER = Path(__file__).resolve().parent.parent.parent / "mentorship_cms" / "starter"
LANGUAGES = ("nl", "fr", "en")
#: Where the workspace begins.
WORKSPACE = "/nl/mentorships/"


def starter(language, name):
    """Return one file of the starter content."""
    return json.loads((STARTER / language / f"{name}.json").read_text(encoding="utf-8"))


def project_of(language):
    return f"/{language}/{starter(language, 'project')['page']['slug']}/"


def framework_of(language):
    return f"{project_of(language)}{starter(language, 'framework')['page']['slug']}/"


def roles_of(language):
    """Return the roles of the starter content by address."""
    project = project_of(language)
    roles = starter(language, "roles")["roles"]
    return {f"{project}{role['page']['slug']}/": role for role in roles}


def plugin_pages(language):
    """Return an address of every sort that the plugin serves."""
    framework = framework_of(language)
    [mentor] = [url for url, role in roles_of(language).items() if role["role"] == "mentor"]
    return [
        project_of(language),
        *roles_of(language),
        f"{mentor}versions/1/",
        f"{mentor}changes/1-2/",
        framework,
        f"{framework}?kind=know_how",
        f"{framework}versions/",
        f"{framework}versions/1/",
        f"{framework}changes/1-2/",
    ]
