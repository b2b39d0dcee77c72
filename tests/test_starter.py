"""Starter content: complete, once per language, and short enough to read."""

import re
from collections import Counter

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group

from mentorship_cms import starter
from mentorship_cms.choices import CompetencyKind, Role
from mentorship_cms.models import (
    Competency,
    CompetencyFramework,
    MentoringProjectPage,
    RatingScale,
    Responsibility,
    ResponsibilityGroup,
    RoleDescription,
    RolePage,
)

LONGEST = 80  # words a reader bears in one piece

#: Every key of the domain: what mentoring is and brings, goals, contexts, the choice of mentor,
#: conditions, stages, and the responsibilities of management, mentor and mentee.
KEYS = [
    *(f"D{n}" for n in range(1, 5)),
    *(f"B{n}" for n in range(1, 6)),
    *(f"G{n}" for n in range(1, 7)),
    *(f"X{n}" for n in range(1, 7)),
    *(f"K{n}" for n in range(1, 7)),
    "V1",
    *(f"P{n}" for n in range(1, 5)),
    *(f"C{n}" for n in range(1, 9)),
    *(f"S{n}" for n in range(1, 5)),
    *(f"MG{n}" for n in range(1, 10)),
    *(f"MT{n}" for n in range(1, 7)),
    *(f"MT{n}.{m}" for n, last in enumerate([6, 4, 4, 6, 3, 3], 1) for m in range(1, last + 1)),
    *(f"ME{n}" for n in range(1, 5)),
]


def texts(value, path=""):
    """Every text of a starter file with its place."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(inner, f"{path}.{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from texts(inner, f"{path}[{number}]")
    elif isinstance(value, str):
        yield path, value


def stored_keys(language):
    """The domain keys that the site really holds in ``language`` after the setup."""
    page = MentoringProjectPage.objects.get(locale__language_code=language)
    keys = [
        text for path, text in texts(list(page.body.raw_data)) if path.endswith(".key") and text
    ]
    names = {starter.key_of(key): key for key in KEYS}
    for model, root in (
        (ResponsibilityGroup, "role_description"),
        (Responsibility, "group__role_description"),
    ):
        rows = model.objects.filter(**{f"{root}__locale__language_code": language})
        keys += [names[key] for key in rows.values_list("key", flat=True) if key in names]
    return keys


@pytest.mark.parametrize("language", starter.LANGUAGES)
def test_every_key_of_the_domain_is_stored_once(db, language):
    counts = Counter(stored_keys(language))
    assert {key: count for key, count in counts.items() if count != 1} == {}
    assert sorted(counts) == sorted(KEYS)


@pytest.mark.parametrize("language", starter.LANGUAGES)
@pytest.mark.parametrize("name", ["project", "roles", "framework"])
def test_no_text_is_longer_than_a_reader_bears(language, name):
    long = {
        path: words
        for path, text in texts(starter.load(language, name))
        if (words := len(re.sub(r"<[^>]+>", " ", text).split())) > LONGEST
    }
    assert long == {}


@pytest.mark.parametrize("language", starter.LANGUAGES)
def test_no_key_is_shown_to_readers(client, mentoring, language):
    project = MentoringProjectPage.objects.get(locale__language_code=language)
    # A framework page shows codes of its own, such as D1.
    pages = [project, *RolePage.objects.child_of(project)]
    assert len(pages) == 4
    for page in pages:
        shown = BeautifulSoup(client.get(page.url).content, "html.parser").get_text(" ")
        assert not set(re.findall(r"\b[A-Z]+\d[\d.]*\b", shown)) & set(KEYS)


def test_the_languages_say_the_same_things():
    def shape(language):
        roles = starter.load(language, "roles")["roles"]
        framework = starter.load(language, "framework")
        project = starter.load(language, "project")
        return (
            [
                (
                    role["key"],
                    role["role"],
                    [(g["key"], [r["key"] for r in g["responsibilities"]]) for g in role["groups"]],
                )
                for role in roles
            ],
            [level["key"] for level in framework["scale"]["levels"]],
            [
                (
                    area["key"],
                    [
                        (c["key"], c["code"], c["kind"], sorted(c["descriptors"]))
                        for c in area["competencies"]
                    ],
                )
                for area in framework["framework"]["areas"]
            ],
            [block["type"] for block in project["body"]],
        )

    assert shape("nl") == shape("fr") == shape("en")


@pytest.mark.parametrize("language", starter.LANGUAGES)
def test_the_starter_framework_is_one_to_start_from(db, language):
    framework = CompetencyFramework.objects.get(locale__language_code=language)
    content = framework.content()
    assert len(content.areas) == 6
    assert 35 <= len(content.competencies) <= 45
    assert {item.kind for item in content.competencies} == set(CompetencyKind.values)
    assert all(item.criterion for item in content.competencies)
    assert len(content.levels) == 4
    assert len({item.code for item in content.competencies}) == len(content.competencies)


def test_the_keys_are_the_same_in_every_language(db):
    def keys(model, root):
        return [
            set(
                model.objects.filter(**{f"{root}locale__language_code": language}).values_list(
                    "key" if root else "translation_key", flat=True
                )
            )
            for language in starter.LANGUAGES
        ]

    for model, root in (
        (Competency, "area__framework__"),
        (Responsibility, "group__role_description__"),
        (RoleDescription, ""),
        (RatingScale, ""),
    ):
        first, *others = keys(model, root)
        assert first
        assert all(other == first for other in others)


def test_the_roles_of_the_guide_are_described(db):
    roles = RoleDescription.objects.filter(locale__language_code="nl", live=True)
    assert set(roles.values_list("role", flat=True)) == {Role.MANAGEMENT, Role.MENTOR, Role.MENTEE}


def test_the_groups_exist(db):
    names = Group.objects.filter(name__startswith="Mentoring").values_list("name", flat=True)
    assert set(names) == {"Mentoring editors", "Mentoring coordinators"}
