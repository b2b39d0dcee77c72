"""The neutral content of a framework, a role and a scale: what a version freezes, a page shows,
a difference compares and an exchange format maps to. Plain data, no database.

Every part carries a ``key``: a UUID as text that stays the same through edits, versions and
languages. Texts are plain text; a blank line parts paragraphs.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields


class Part:
    """Base of every piece of content: a frozen dataclass of texts, numbers and tuples of parts."""

    #: Name of the field that holds the parts beneath, if any.
    children_field: str | None = None
    #: First letters of the anchor of such a part on a page.
    anchor_prefix = "part"

    @property
    def anchor(self) -> str:
        """The fragment that leads to this part on its page; the same in every language."""
        return f"{self.anchor_prefix}-{self.key[:8]}"

    @property
    def children(self) -> tuple["Part", ...]:
        """The parts directly beneath, in reading order."""
        return getattr(self, self.children_field) if self.children_field else ()

    def texts(self) -> dict[str, str]:
        """The texts that a person can change here, by field name, without key and children."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.type is str and field.name != "key"
        }


@dataclass(frozen=True)
class LevelContent(Part):
    """A level of the rating scale. ``number`` orders the levels, from 1 upwards."""

    key: str
    number: int
    label: str
    description: str = ""


@dataclass(frozen=True)
class CompetencyContent(Part):
    """A competency with its criterion; ``descriptors`` pairs a level's key with a text."""

    key: str
    code: str
    title: str
    kind: str
    criterion: str
    descriptors: tuple[tuple[str, str], ...] = ()

    anchor_prefix = "competency"

    def texts(self) -> dict[str, str]:
        """As in the base, with each level descriptor under ``descriptor:<level key>``."""
        return super().texts() | {f"descriptor:{key}": text for key, text in self.descriptors}


@dataclass(frozen=True)
class AreaContent(Part):
    """An area of a framework with its competencies."""

    key: str
    code: str
    title: str
    description: str = ""
    competencies: tuple[CompetencyContent, ...] = ()

    children_field = "competencies"
    anchor_prefix = "area"


@dataclass(frozen=True)
class ResponsibilityContent(Part):
    """One thing somebody in a role answers for."""

    key: str
    text: str
    explanation: str = ""

    anchor_prefix = "responsibility"


@dataclass(frozen=True)
class GroupContent(Part):
    """A group of responsibilities."""

    key: str
    title: str
    description: str = ""
    responsibilities: tuple[ResponsibilityContent, ...] = ()

    children_field = "responsibilities"
    anchor_prefix = "group"


class Content(Part):
    """The whole of what one version says."""

    def as_document(self) -> dict:
        """Return the content as data that JSON can hold; :meth:`from_document` reads it back."""
        return json.loads(json.dumps(asdict(self)))

    def digest(self) -> str:
        """Return a SHA-256 of the content: the same for the same words in the same order."""
        canonical = json.dumps(self.as_document(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def walk(self) -> Iterator[tuple[Part, Part]]:
        """Yield every part beneath with the part it stands in, in reading order."""
        for section in self.children:
            yield section, self
            for item in section.children:
                yield item, section


@dataclass(frozen=True)
class FrameworkContent(Content):
    """A competency framework with the rating scale as it was that day."""

    title: str
    occupation: str = ""
    introduction: str = ""
    scale_title: str = ""
    scale_description: str = ""
    levels: tuple[LevelContent, ...] = ()
    areas: tuple[AreaContent, ...] = ()

    children_field = "areas"

    @classmethod
    def from_document(cls, document: dict) -> "FrameworkContent":
        """Build the content from what :meth:`as_document` returned."""
        return cls(
            **document
            | {
                "levels": tuple(LevelContent(**level) for level in document["levels"]),
                "areas": tuple(
                    AreaContent(
                        **area
                        | {
                            "competencies": tuple(
                                CompetencyContent(
                                    **competency
                                    | {
                                        "descriptors": tuple(
                                            (key, text) for key, text in competency["descriptors"]
                                        )
                                    }
                                )
                                for competency in area["competencies"]
                            )
                        }
                    )
                    for area in document["areas"]
                ),
            }
        )

    @property
    def competencies(self) -> tuple[CompetencyContent, ...]:
        """All competencies in reading order."""
        return tuple(competency for area in self.areas for competency in area.competencies)


@dataclass(frozen=True)
class ScaleContent(Content):
    """A rating scale by itself; a version holds it as a part of its framework."""

    title: str
    description: str = ""
    levels: tuple[LevelContent, ...] = ()

    children_field = "levels"

    @classmethod
    def from_framework(cls, content: FrameworkContent) -> "ScaleContent":
        """Return the scale that ``content`` holds."""
        return cls(content.scale_title, content.scale_description, content.levels)


@dataclass(frozen=True)
class RoleContent(Content):
    """A role description: ``role`` is a value of ``choices.Role``."""

    title: str
    role: str
    summary: str = ""
    groups: tuple[GroupContent, ...] = ()

    children_field = "groups"

    @classmethod
    def from_document(cls, document: dict) -> "RoleContent":
        """Build the content from what :meth:`as_document` returned."""
        return cls(
            **document
            | {
                "groups": tuple(
                    GroupContent(
                        **group
                        | {
                            "responsibilities": tuple(
                                ResponsibilityContent(**item) for item in group["responsibilities"]
                            )
                        }
                    )
                    for group in document["groups"]
                )
            }
        )

    @property
    def responsibilities(self) -> tuple[ResponsibilityContent, ...]:
        """All responsibilities in reading order."""
        return tuple(item for group in self.groups for item in group.responsibilities)
