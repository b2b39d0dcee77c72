"""What the tests of the evaluation's pages share: addresses, texts, states brought about."""

import re
from datetime import timedelta
from html import unescape

from django.urls import reverse
from django.utils import translation

from mentorship_cms.models import Evaluation
from mentorship_cms.permissions import today
from mentorship_cms.services import mentorships
from mentorship_cms.services.publishing import publish


def address(evaluation, name="evaluation"):
    """The address of a page about an evaluation, in Dutch."""
    with translation.override("en"):
        return reverse(f"mentorship_cms:{name}", args=[evaluation.public_id])


def text_of(response):
    """What a reader sees, without marks and with single spaces."""
    page = re.sub(r"<script.*?</script>", "", response.content.decode(), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def messages(response):
    """The messages of a form that was shown again."""
    page = response.content.decode()
    found = re.findall(r'class="mentorship-field__error">(.*?)</p>', page, flags=re.S)
    found += re.findall(r'class="mentorship-errors.*?</div>', page, flags=re.S)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", part)).split()) for part in found]


def deputise(cast):
    """Let the deputy take over from today."""
    mentorships.open_window(
        user=cast.mentor,
        public_id=cast.mentorship.public_id,
        starts_on=today(),
        ends_on=today() + timedelta(days=3),
    )


def signed_long_ago(evaluation):
    """Let the mentor have signed so long ago that a missing signature may be recorded."""
    Evaluation.objects.filter(pk=evaluation.pk).update(
        signed_at=evaluation.signed_at - timedelta(days=30)
    )
    evaluation.refresh_from_db()
    return evaluation


def republish(framework, *, criterion=None, remove=False, label=None):
    """Publish the framework again with A1 reworded, A1 gone, or the first level renamed."""
    if label is not None:
        scale = framework.rating_scale
        level = scale.levels.all()[0]
        level.label = label
        scale.levels.add(level)
        publish(snippet=scale)
    framework = type(framework).objects.get(pk=framework.pk).get_latest_revision_as_object()
    area = framework.areas.all()[0]
    first = area.competencies.all()[0]
    if criterion is not None:
        first.criterion = criterion
        area.competencies.add(first)
    if remove:
        area.competencies.remove(first)
    framework.areas.add(area)
    publish(snippet=framework, note="Again")
    return framework.versions.order_by("-number").first()
