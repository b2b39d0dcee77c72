"""An evaluation whose framework moves on, and sheets in the language of their author."""

import pytest
from django.core.exceptions import ValidationError
from wagtail.models import Locale

from mentorship_cms.services import evaluations, sheets
from mentorship_cms.services.publishing import publish
from tests import lifecycle
from tests.evaluations.helpers import assert_act, told


def republish(framework, *, drop="", add="", level=""):
    """Publish the framework without a competency, with another one, or with another last level."""
    area = framework.areas.first()
    if drop:
        area.competencies = [one for one in area.competencies.all() if one.code != drop]
        framework.areas = [area, *list(framework.areas.all())[1:]]
    if add:
        framework.title = add
    publish(snippet=framework)
    if level:
        scale = framework.rating_scale
        scale.levels = [scale.levels.first(), type(scale.levels.first())(label=level, sort_order=9)]
        publish(snippet=scale)


def test_moving_to_a_newer_version_loses_no_text(cast, rows):
    framework = cast.mentorship.framework
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.mentor, level=1, remark="Seen")
    lifecycle.write(evaluation, cast.mentee, level=0)
    known = {"user": cast.mentor, "evaluation_id": evaluation.public_id}
    rows()
    evaluations.move_to_newest(**known)
    assert rows() == []
    republish(framework, drop="A1", level="On one's own")
    evaluations.move_to_newest(**known)
    found = rows()
    assert told(found) == {"~Evaluation": 1}
    assert_act(found, "move", cast.mentor, "mentor")
    evaluation.refresh_from_db()
    newest = framework.versions.order_by("-number").first()
    assert evaluation.framework_version == newest
    mine, theirs = (sheets.sheet_of(evaluation, side) for side in ("mentor", "mentee"))
    assert {mine.framework_version, theirs.framework_version} == {newest}
    assert "A1" in mine.remark and "Alone" in mine.remark and "Seen" in mine.remark
    assert "A1" in theirs.remark and "With help" in theirs.remark
    ratings = sheets.ratings_of(mine).values()
    # The level that is gone is asked again; the remark stayed.
    assert {(one.answer, one.level, one.remark) for one in ratings} == {("", None, "Seen")}
    assert {one.answer for one in sheets.ratings_of(theirs).values()} == {"level"}
    assert {one.competency.version for one in ratings} == {newest}


def test_no_move_once_a_sheet_is_shared(cast):
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.mentee)
    evaluations.share_sheet(user=cast.mentee, evaluation_id=evaluation.public_id)
    republish(cast.mentorship.framework, add="Another title")
    with pytest.raises(ValidationError):
        evaluations.move_to_newest(user=cast.mentor, evaluation_id=evaluation.public_id)
    assert evaluation.framework_version.number == 1


@pytest.fixture
def french(framework):
    """The framework and its scale in French, with the same keys, published."""
    locale = Locale.objects.get(language_code="fr")
    scale = framework.rating_scale.copy_for_translation(locale)
    publish(snippet=scale)
    translated = framework.copy_for_translation(locale)
    translated.title = "Aide-soignant"
    translated.rating_scale = scale
    publish(snippet=translated)
    return translated


def test_a_sheet_is_in_the_language_of_its_author(cast, french):
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.mentor, language="nl")
    lifecycle.write(evaluation, cast.mentee, language="fr")
    own = sheets.sheet_of(evaluation, "mentee")
    assert own.language == "fr" and own.framework_version == french.versions.get()
    assert sheets.sheet_of(evaluation, "mentor").framework_version == evaluation.framework_version
    # Both sides meet by key.
    assert set(sheets.ratings_of(own)) == set(
        sheets.ratings_of(sheets.sheet_of(evaluation, "mentor"))
    )
    # A translation that lags behind does not take part in a move.
    republish(cast.mentorship.framework, drop="A1")
    evaluations.move_to_newest(user=cast.mentor, evaluation_id=evaluation.public_id)
    evaluation.refresh_from_db()
    assert sheets.sheet_of(evaluation, "mentee").framework_version == evaluation.framework_version


def test_a_translation_with_other_keys_is_not_used(cast, french):
    republish(french, drop="A1")
    evaluation = lifecycle.started(cast)
    version = sheets.version_for_language(evaluation, "fr")
    assert version == evaluation.framework_version
