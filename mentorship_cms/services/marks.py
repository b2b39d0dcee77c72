"""Telling who changed what when two people save one form.

A form carries a mark of each value that it was opened with. What the person left as it was takes
the value that is stored by now; what only they changed stays; what both changed is for them to
settle.
"""

import hashlib
import json


def mark(value) -> str:
    """A short text that is the same for equal values: texts, days, lists; "" for nothing."""
    if not value:
        return ""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def settle(seen: str | None, typed, stored) -> tuple[object, bool]:
    """Return the value to keep, and whether both sides changed it since ``seen`` was its mark.

    Without a mark, what differs is taken to be changed by both.
    """
    if typed == stored or mark(typed) == seen:
        return stored, False
    return typed, mark(stored) != seen
