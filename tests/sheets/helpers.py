"""What the tests of the sheet share: browsers, addresses, answers."""

from django.test import Client
from django.urls import reverse
from django.utils import translation

from mentorship_cms.choices import Side
from mentorship_cms.models import Rating
from mentorship_cms.permissions import today
from mentorship_cms.services import mentorships
from tests import lifecycle

PAGES = ["sheet", "sheet_all", "sheet_remark", "sheet_check", "sheet_take_back"]


def browser_of(user):
    browser = Client()
    browser.force_login(user)
    return browser


def address(name, evaluation, *args, language="en"):
    with translation.override(language):
        return reverse(f"mentorship_cms:{name}", args=[evaluation.public_id, *args])


def addresses(evaluation):
    """Every address of a sheet."""
    content = evaluation.framework_version.content
    keys = {"sheet_area": content.areas[0].key, "sheet_competency": content.competencies[0].key}
    names = [*PAGES, "sheet_layout", "sheet_keep"]
    return {name: address(name, evaluation) for name in names} | {
        name: address(name, evaluation, key) for name, key in keys.items()
    }


def answers(*competencies, level=None, value="", remark="", revision=0):
    """What a browser sends for some competencies."""
    data = {}
    for competency in competencies:
        data[f"answer-{competency.key}"] = level.key if level else value
        data[f"remark-{competency.key}"] = remark
        data[f"revision-{competency.key}"] = revision
    return data


def text_of(response, status=200):
    assert response.status_code == status, response.content[:500]
    return response.content.decode()


def stored(evaluation, side=Side.MENTOR):
    """What the sheet of one side says, by the code of the competency."""
    ratings = Rating.objects.filter(sheet__evaluation=evaluation, sheet__side=side)
    return {
        rating.competency.code: (
            rating.level.label if rating.level else rating.answer,
            rating.remark,
        )
        for rating in ratings.select_related("competency", "level")
    }


def reach(cast, evaluation, state):
    """Bring the evaluation to a state."""
    if state != "draft":
        lifecycle.shared(cast, evaluation)
    if state == "signed":
        lifecycle.signed(cast, evaluation)


def open_window(cast):
    mentorships.open_window(
        user=cast.mentor,
        public_id=cast.mentorship.public_id,
        starts_on=today(),
        ends_on=today(),
    )
