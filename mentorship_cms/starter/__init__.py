"""Starter content: one folder a language, in plain JSON, loaded by ``services.setup``."""

import json
import uuid
from importlib import resources

#: Languages in which starter content exists.
LANGUAGES = ("nl", "fr", "en")

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "starter.mentorship-cms")


def load(language: str, name: str) -> dict:
    """Return the starter file ``name`` ("project", "roles" or "framework") in ``language``."""
    file = resources.files(__name__) / language / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8"))


def key_of(name: str) -> uuid.UUID:
    """Return the key that the starter item ``name`` (such as "MT1.1") has in every language."""
    return uuid.uuid5(_NAMESPACE, name)
