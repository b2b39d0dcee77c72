"""People, and small editorial items made through the services that the admin uses too."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from mentorship_cms.models import (
    Competency,
    CompetencyArea,
    CompetencyFramework,
    Level,
    RatingScale,
    Responsibility,
    ResponsibilityGroup,
    RoleDescription,
)
from mentorship_cms.services.publishing import publish


def make_user(name, *groups, **fields):
    """Make a user who can sign in with their own name as password."""
    user = get_user_model().objects.create_user(
        username=name, email=f"{name}@example.org", password=name, **fields
    )
    for group in groups:
        user.groups.add(Group.objects.get(name=group))
    return user


def scale(*, locale, labels=("With help", "Alone"), title="Independence"):
    """A rating scale in memory."""
    item = RatingScale(title=title, locale=locale)
    item.levels = [Level(label=label, sort_order=order) for order, label in enumerate(labels)]
    return item


def published_scale(*, locale, **fields):
    """A rating scale, published."""
    item = scale(locale=locale, **fields)
    publish(snippet=item)
    return item


def framework(*, locale, rating_scale=None, areas=2, competencies=2, title="Care assistant"):
    """A framework in memory, with areas A, B… and competencies A1, A2…"""
    item = CompetencyFramework(
        title=title, occupation="Care assistant", locale=locale, rating_scale=rating_scale
    )
    kinds = ["knowledge", "know_how", "attitude"]
    levels = list(rating_scale.levels.all()) if rating_scale else []
    built = []
    for order in range(areas):
        letter = chr(ord("A") + order)
        area = CompetencyArea(code=letter, title=f"Area {letter}", sort_order=order)
        area.competencies = [
            Competency(
                code=f"{letter}{place + 1}",
                title=f"Competency {letter}{place + 1}",
                kind=kinds[place % 3],
                criterion=f"Shows {letter}{place + 1} in a real situation.",
                descriptors={
                    str(level.key): f"{letter}{place + 1}: {level.label.lower()}"
                    for level in levels
                },
                sort_order=place,
            )
            for place in range(competencies)
        ]
        built.append(area)
    item.areas = built
    return item


def published_framework(*, locale, **fields):
    """A framework with a scale, published."""
    fields.setdefault("rating_scale", published_scale(locale=locale))
    item = framework(locale=locale, **fields)
    publish(snippet=item, note="First version")
    return item


def role(*, locale, title="Mentor", groups=2, responsibilities=2):
    """A role description in memory."""
    item = RoleDescription(title=title, role="mentor", summary="Guides a mentee.", locale=locale)
    built = []
    for order in range(groups):
        group = ResponsibilityGroup(title=f"Group {order + 1}", sort_order=order)
        group.responsibilities = [
            Responsibility(
                text=f"Does {order + 1}.{place + 1}", explanation="As follows.", sort_order=place
            )
            for place in range(responsibilities)
        ]
        built.append(group)
    item.groups = built
    return item


def published_role(*, locale, **fields):
    """A role description, published."""
    item = role(locale=locale, **fields)
    publish(snippet=item, note="First version")
    return item
