"""What the tests of questions share: addresses, asking, rewording."""

from django.urls import reverse

from mentorship_cms.models import CompetencyFramework
from mentorship_cms.services import flags
from mentorship_cms.services.publishing import publish


def address_of(version, part, kind="framework"):
    return reverse("mentorship_cms:unclear", args=[kind, version.pk, part.key])


def asked(user, version, part, sentence="Which help is meant?", **fields):
    return flags.ask(user=user, version=version, part_key=part.key, sentence=sentence, **fields)


def reword(item, key, *, words):
    """Publish ``item`` with other words for the part of that key."""
    item = type(item).objects.get(pk=item.pk)
    sections = "areas" if isinstance(item, CompetencyFramework) else "groups"
    parts = "competencies" if isinstance(item, CompetencyFramework) else "responsibilities"
    field = "criterion" if isinstance(item, CompetencyFramework) else "explanation"
    for section in getattr(item, sections).all():
        for part in getattr(section, parts).all():
            if str(part.key) == key:
                setattr(part, field, words)
                getattr(section, parts).add(part)
                getattr(item, sections).add(section)
    publish(snippet=item, note="Clearer")


def remove(framework, key):
    """Publish ``framework`` without the competency of that key."""
    framework = CompetencyFramework.objects.get(pk=framework.pk)
    for area in framework.areas.all():
        kept = [one for one in area.competencies.all() if str(one.key) != key]
        area.competencies = kept
        framework.areas.add(area)
    publish(snippet=framework)
