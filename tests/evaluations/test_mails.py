"""Who is told of which act, and that mails hold no content."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from wagtail.users.models import UserProfile

from mentorship_cms.choices import EvaluationState
from mentorship_cms.models import Evaluation
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations
from tests import lifecycle
from tests.evaluations.helpers import details, take_over, talk

#: A word in every text that somebody types, which no mail may hold.
CANARY = "Canary"


@pytest.fixture
def outbox(settings, django_capture_on_commit_callbacks):
    """Return a function that does something and returns the mails that it sends."""
    settings.MENTORSHIP_CMS_BASE_URL = "https://intranet.example.org"

    def after(act):
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            act()
        return list(mail.outbox)

    return after


def recipients(mails):
    """Who gets the mails, by user name; each alone."""
    assert all(len(one.to) == 1 and not one.cc and not one.bcc for one in mails)
    return sorted(one.to[0].removesuffix("@example.org") for one in mails)


def test_who_is_told(cast, outbox, monkeypatch):
    mails = outbox(lambda: lifecycle.started(cast))
    assert recipients(mails) == ["mentee"]
    evaluation = Evaluation.objects.get()
    known = {"evaluation_id": evaluation.public_id}
    assert outbox(lambda: details(cast, evaluation, observed_on=today())) == []
    mails += outbox(lambda: details(cast, evaluation, talk_on=today() + timedelta(days=9)))
    assert recipients(mails[-1:]) == ["mentee"]
    assert outbox(lambda: lifecycle.write(evaluation, cast.mentor, remark=CANARY)) == []
    assert outbox(lambda: lifecycle.write(evaluation, cast.mentee, remark=CANARY)) == []

    def share(user):
        return lambda: evaluations.share_sheet(user=user, **known)

    seen = mails + outbox(share(cast.mentor))
    assert recipients(seen[-1:]) == ["mentee"]
    mails = outbox(share(cast.mentee))
    assert recipients(mails) == ["manager", "mentor"]
    seen += mails
    evaluation.refresh_from_db()
    assert outbox(lambda: talk(cast.mentee, evaluation, conclusion=CANARY)) == []
    mails = outbox(lambda: lifecycle.sign(evaluation, cast.mentor, remark=CANARY))
    assert recipients(mails) == ["manager", "mentee"]
    seen += mails
    assert outbox(lambda: lifecycle.sign(evaluation, cast.manager)) == []
    mails = outbox(lambda: lifecycle.sign(evaluation, cast.mentee, disagrees=True))
    assert recipients(mails) == ["manager", "mentor"]
    seen += mails
    assert len(seen) == 9
    for one in seen:
        words = (one.subject + one.body).lower()
        address = "https://intranet.example.org/nl/mentorships/"
        assert address in one.body and str(evaluation.public_id) in one.body
        for personal in (CANARY, "Person", "interim", "disagree"):
            assert personal.lower() not in words, personal


def test_the_mentee_is_told_that_it_was_dropped(cast, outbox):
    lifecycle.started(cast)
    known = {"user": cast.mentor, "evaluation_id": Evaluation.objects.get().public_id}
    mails = outbox(lambda: evaluations.discard(**known, reason=CANARY))
    assert recipients(mails) == ["mentee"]
    assert CANARY not in mails[0].subject + mails[0].body
    closed = lifecycle.closed(cast)
    correction = evaluations.start_correction(
        user=cast.mentor, evaluation_id=closed.public_id, reason="Wrong day"
    )
    known["evaluation_id"] = correction.public_id
    assert outbox(lambda: evaluations.discard(**known, reason="")) == []


def test_a_signature_as_deputy_is_told_to_the_mentor_as_well(cast, outbox):
    evaluation = lifecycle.talked(cast)
    take_over(cast)
    mails = outbox(lambda: lifecycle.sign(evaluation, cast.deputy))
    assert recipients(mails) == ["manager", "mentee", "mentor"]


def test_mails_are_in_the_language_of_who_gets_them(cast, outbox):
    UserProfile.objects.create(user=cast.mentee, preferred_language="fr")
    (one,) = outbox(lambda: lifecycle.started(cast))
    assert "/fr/mentorships/" in one.body


def test_nobody_is_told_of_what_did_not_happen(cast, outbox, settings):
    def undone():
        with transaction.atomic():
            lifecycle.started(cast)
            transaction.set_rollback(True)

    assert outbox(undone) == []
    cast.mentee.email = ""
    cast.mentee.save()
    assert outbox(lambda: lifecycle.started(cast)) == []
    settings.MENTORSHIP_CMS_SEND_MAIL = False
    assert outbox(lambda: lifecycle.shared(cast, Evaluation.objects.get())) == []


def test_a_mail_server_that_is_down_undoes_nothing(cast, settings, outbox):
    settings.EMAIL_BACKEND = "tests.evaluations.test_mails.Down"
    outbox(lambda: lifecycle.started(cast))
    assert Evaluation.objects.get().state == EvaluationState.DRAFT


class Down:
    """A mail server that is down."""

    def __init__(self, **options):
        pass

    def send_messages(self, messages):
        raise ConnectionRefusedError
