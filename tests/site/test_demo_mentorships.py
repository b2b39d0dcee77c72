"""The two mentorships of the demonstration: who reaches them, and whether their story holds."""

from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from simple_history.models import registered_models

from intranet.demo_content import read_fixture
from mentorship_cms.choices import (
    Answer,
    EvaluationKind,
    EvaluationState,
    Outcome,
    Role,
    Side,
    Verdict,
)
from mentorship_cms.models import (
    ActionOutcome,
    Evaluation,
    FrameworkVersion,
    Mentorship,
    Rating,
    Sheet,
    Signature,
)
from mentorship_cms.permissions import evaluations_visible_to, relations_of
from mentorship_cms.services.content import is_intact

#: Who is what in the mentorship of Jonas and in that of Aya, by user name.
ROLES = {
    "mentor": (Role.MENTOR, Role.DEPUTY_MENTOR),
    "deputy": (Role.DEPUTY_MENTOR, Role.MENTOR),
    "mentee": (Role.MENTEE, None),
    "trainee": (None, Role.MENTEE),
    "manager": (Role.LINE_MANAGER, Role.LINE_MANAGER),
    "reader": (None, None),
    "coordinator": (None, None),
}

pytestmark = [
    pytest.mark.django_db,
    # Wagtail leaves the file to which it writes a new size of a picture to be closed by itself.
    pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.Spooled:ResourceWarning"),
]


def load():
    with override_settings(DEBUG=True):
        call_command("load_demo", stdout=StringIO())


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """Load the demonstration for all tests of this module."""
    with django_db_blocker.unblock(), transaction.atomic():
        load()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def jonas(demo):
    """The mentorship in Dutch."""
    return Mentorship.objects.get(assignments__person__username="mentee")


@pytest.fixture
def aya(demo):
    """The mentorship in French."""
    return Mentorship.objects.get(assignments__person__username="trainee")


def user(name):
    return get_user_model().objects.get(username=name)


def told(mentorship):
    """Kind, state and number of the framework version of each evaluation, in order."""
    return [
        (evaluation.kind, evaluation.state, evaluation.framework_version.number)
        for evaluation in mentorship.evaluations.order_by("created_at")
    ]


# Who reaches what


@pytest.mark.parametrize("name", ROLES)
def test_everybody_has_the_roles_that_the_table_says(jonas, aya, name):
    for mentorship, role in zip((jonas, aya), ROLES[name], strict=True):
        assert relations_of(user(name), mentorship).roles == ({role} if role else set())


@pytest.mark.parametrize("name", ROLES)
def test_my_mentorships_shows_one_s_own(jonas, aya, client, name):
    client.force_login(user(name))
    roles = dict(zip((jonas, aya), ROLES[name], strict=True))
    html = client.get("/nl/mentorships/").content.decode()
    for mentorship, role in roles.items():
        address = f"/nl/mentorships/{mentorship.public_id}/"
        assert (address in html) == (role is not None)
        status = 200 if role or name == "coordinator" else 404
        assert client.get(address).status_code == status


def test_the_deputy_acts_for_the_mentor_today_in_one_of_them(jonas, aya):
    assert relations_of(user("deputy"), jonas).as_deputy
    assert not relations_of(user("mentor"), aya).as_deputy
    seen = {
        name: Counter(evaluations_visible_to(user(name)).values_list("mentorship", flat=True))
        for name in ROLES
    }
    assert seen["mentor"] == {jonas.pk: 6}
    assert seen["deputy"] == {jonas.pk: 6, aya.pk: 5}
    assert seen["mentee"] == {jonas.pk: 6}
    assert seen["trainee"] == {aya.pk: 5}
    assert seen["manager"] == {jonas.pk: 5, aya.pk: 5}
    assert not seen["reader"]


@pytest.mark.parametrize("language", ["nl", "fr", "en"])
def test_everybody_reads_every_evaluation_that_was_shared(demo, client, language):
    evaluations = Evaluation.objects.exclude(state=EvaluationState.DRAFT)
    for evaluation in evaluations.select_related("mentorship"):
        for assignment in evaluation.mentorship.assignments.select_related("person"):
            access = relations_of(assignment.person, evaluation.mentorship)
            client.force_login(assignment.person)
            address = f"/{language}/mentorships/evaluations/{evaluation.public_id}/"
            status = 200 if access.may_read_record else 404
            assert client.get(address).status_code == status


# The story


def test_a_year_in_dutch(jonas):
    closed = EvaluationState.CLOSED
    assert told(jonas) == [
        (EvaluationKind.START, closed, 1),
        (EvaluationKind.INTERIM, closed, 1),
        (EvaluationKind.INTERIM, closed, 1),
        (EvaluationKind.CORRECTION, closed, 1),
        (EvaluationKind.INTERIM, closed, 2),
        (EvaluationKind.FINAL, EvaluationState.DRAFT, 2),
    ]
    first = jonas.evaluations.earliest("created_at")
    assert timezone.now() - first.created_at > timedelta(days=340)
    correction = jonas.evaluations.get(kind=EvaluationKind.CORRECTION)
    assert "C3" in correction.correction_reason
    assert changed_levels(correction) == {"C3": (3, 2)}


def changed_levels(correction):
    """What a correction says otherwise than the evaluation that it corrects."""
    before, after = (
        dict(
            Rating.objects.filter(
                sheet__evaluation=evaluation, sheet__side=Side.MENTOR
            ).values_list("competency__code", "level__number")
        )
        for evaluation in (correction.corrects, correction)
    )
    return {code: (before[code], after[code]) for code in after if before[code] != after[code]}


def test_a_year_in_french(aya):
    closed = EvaluationState.CLOSED
    assert told(aya) == [
        (EvaluationKind.START, closed, 1),
        (EvaluationKind.INTERIM, closed, 1),
        (EvaluationKind.EXTRA, closed, 1),
        (EvaluationKind.INTERIM, closed, 2),
        (EvaluationKind.FINAL, EvaluationState.SIGNED, 2),
    ]
    languages = set(aya.evaluations.values_list("framework_version__language", flat=True))
    assert languages == {"fr"}
    missing = Signature.objects.get(evaluation__mentorship=aya, verdict=Verdict.ABSENT)
    assert missing.role == Role.MENTEE
    assert missing.remark
    assert missing.recorded_by_name == "Luc Dumortier"


def test_the_draft_is_half_filled_and_the_mentee_has_begun(jonas):
    draft = jonas.evaluations.get(state=EvaluationState.DRAFT)
    counts = {
        sheet.side: (sheet.is_shared, sheet.ratings.count(), sheet.framework_version)
        for sheet in draft.sheets.select_related("framework_version")
    }
    version = draft.framework_version
    total = version.competencies.count()
    assert counts[Side.MENTOR] == (False, 19, version)
    assert counts[Side.MENTEE] == (False, 4, version)
    assert total == 44
    assert draft.talk_on > timezone.localdate()


def test_the_deputy_wrote_a_sheet_in_french_beside_one_in_dutch(jonas):
    sheet = Sheet.objects.get(evaluation__mentorship=jonas, as_deputy=True)
    other = sheet.evaluation.sheets.get(side=Side.MENTEE)
    assert (sheet.author_name, sheet.language) == ("Luc Dumortier", "fr")
    assert (other.author_name, other.language) == ("Jonas Peeters", "nl")
    versions = [one.framework_version for one in (sheet, other)]
    assert [version.language for version in versions] == ["fr", "nl"]
    assert len({frozenset(v.competencies.values_list("key", flat=True)) for v in versions}) == 1
    signatures = {one.role: one for one in sheet.evaluation.signatures.all()}
    assert signatures[Role.MENTOR].as_deputy
    assert signatures[Role.MENTEE].disagrees
    assert signatures[Role.MENTEE].remark


def test_versions_of_both_languages_compare(demo):
    newest = {
        version.language: set(version.competencies.values_list("key", flat=True))
        for version in FrameworkVersion.objects.filter(number=2)
    }
    assert newest["nl"] == newest["fr"] == newest["en"]


def test_ratings_grow_but_not_everywhere(jonas, aya):
    for mentorship in (jonas, aya):
        levels = {}
        ratings = Rating.objects.filter(
            sheet__evaluation__mentorship=mentorship,
            sheet__side=Side.MENTOR,
            answer=Answer.LEVEL,
        ).order_by("sheet__evaluation__created_at")
        for key, number in ratings.values_list("competency__key", "level__number"):
            levels.setdefault(key, []).append(number)
        moves = [after - before for row in levels.values() for before, after in pairs(row)]
        assert sum(move > 0 for move in moves) > 30
        assert 1 <= sum(move < 0 for move in moves) < 8


def pairs(row):
    return zip(row, row[1:], strict=False)


def test_action_points_were_told_of_again(demo):
    outcomes = Counter(ActionOutcome.objects.values_list("outcome", flat=True))
    assert set(outcomes) == {Outcome.DONE, Outcome.PARTLY, Outcome.DROPPED}
    assert outcomes[Outcome.DONE] > 10


# What holds of all of them


def test_every_signed_evaluation_is_intact(demo):
    signed = Evaluation.objects.exclude(state=EvaluationState.DRAFT)
    assert signed.count() == 10
    assert all(is_intact(evaluation) for evaluation in signed)


def test_everything_happened_in_the_past_and_in_order(demo):
    for evaluation in Evaluation.objects.exclude(state=EvaluationState.DRAFT):
        shared = [sheet.shared_at for sheet in evaluation.sheets.all()]
        moments = [evaluation.created_at, min(shared), evaluation.shared_at, evaluation.signed_at]
        moments += [s.signed_at for s in evaluation.signatures.order_by("signed_at")][1:]
        assert moments == sorted(moments)
        assert evaluation.observed_on <= timezone.localdate(evaluation.signed_at)
    yesterday = timezone.now() - timedelta(days=1)
    ours = {Mentorship, Evaluation, Sheet, Rating, Signature, ActionOutcome}
    for model in registered_models.values():
        if model in ours:
            assert not model.history.filter(history_date__gt=yesterday).exists()


def test_texts_name_no_beneficiaries():
    text = str(read_fixture("mentorships"))
    for word in ("mevrouw ", "meneer ", "Madame ", "Monsieur ", "Mme ", "M. "):
        assert word not in text


def test_loads_twice_without_a_change_and_without_a_mail(demo):
    def counts():
        models = apps.get_app_config("mentorship_cms").get_models()
        return {model._meta.label: model._base_manager.count() for model in models}

    before = counts()
    load()
    assert counts() == before
    assert mail.outbox == []
