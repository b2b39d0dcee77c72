"""Signing what was read, and correcting what was signed."""

import re

from mentorship_cms.choices import EvaluationState, Role, Verdict
from mentorship_cms.models import Signature
from mentorship_cms.services import evaluations as acts
from mentorship_cms.services import mentorships
from mentorship_cms.services.content import digest_of
from mentorship_cms.services.marks import mark
from tests import lifecycle
from tests.evaluation_pages.helpers import address, deputise, messages, signed_long_ago, text_of

# -- Signing


def test_each_role_signs_what_it_read(cast, visit, send):
    evaluation = lifecycle.talked(cast)
    page = visit(cast.mentor, evaluation, "sign").content.decode()
    assert "by mentee" in page and "Practise with Luc" in page
    assert "disagree" not in page
    digest = re.search(r'name="seen_digest" value="(\w+)"', page)[1]
    assert digest == digest_of(evaluation)
    response = send(cast.mentor, evaluation, "sign", seen_digest=digest, remark="Well done")
    assert response.url == address(evaluation) + "?done=signed"
    evaluation.refresh_from_db()
    assert evaluation.state == EvaluationState.SIGNED
    visit(cast.mentor, evaluation, "sign", status=302)
    assert "disagree" not in visit(cast.manager, evaluation, "sign").content.decode()
    send(cast.manager, evaluation, "sign", status=200, seen_digest=digest, disagrees="on")
    send(cast.manager, evaluation, "sign", seen_digest=digest)
    page = text_of(visit(cast.mentee, evaluation, "sign"))
    assert "Seen is not agreed" in page
    send(cast.mentee, evaluation, "sign", seen_digest=digest, disagrees="on", remark="I was alone")
    evaluation.refresh_from_db()
    assert evaluation.state == EvaluationState.CLOSED
    page = text_of(visit(cast.manager, evaluation))
    assert "Disagrees" in page and "I was alone" in page and "Well done" in page
    assert Signature.objects.filter(evaluation=evaluation).count() == 3
    visit(cast.mentee, evaluation, "sign", status=302)


def test_who_signed_as_mentor_is_told_why_they_do_not_countersign(cast, visit, send, reader):
    evaluation = lifecycle.signed(cast)
    mentorships.change_people(
        user=cast.coordinator,
        public_id=cast.mentorship.public_id,
        reason="Moved",
        people={Role.MENTOR: reader, Role.LINE_MANAGER: cast.mentor},
    )
    assert visit(cast.mentor, evaluation, "sign", status=302).url == address(evaluation)
    page = visit(cast.mentor, evaluation)
    assert "nobody signs it twice. The coordinator can name somebody else" in text_of(page)
    assert address(evaluation, "sign") not in page.content.decode()
    digest = digest_of(evaluation)
    response = send(cast.mentor, evaluation, "sign", status=200, seen_digest=digest)
    assert "You signed this in another role already" in " ".join(messages(response))
    assert "nobody signs it twice" not in text_of(visit(cast.mentee, evaluation))


def test_content_that_changed_is_read_again_before_signing(cast, visit, send):
    evaluation = lifecycle.talked(cast)
    digest = digest_of(evaluation)
    acts.keep_talk_text(
        user=cast.mentee,
        evaluation_id=evaluation.public_id,
        name="conclusion",
        text="Another conclusion",
        seen=mark(evaluation.conclusion),
    )
    response = send(
        cast.mentor, evaluation, "sign", status=200, seen_digest=digest, remark="Kept remark"
    )
    page = response.content.decode()
    assert "The content changed since you opened this page; read it again." in text_of(response)
    assert "Another conclusion" in page and "Kept remark" in page
    assert not Signature.objects.exists()
    fresh = re.search(r'name="seen_digest" value="(\w+)"', page)[1]
    send(cast.mentor, evaluation, "sign", seen_digest=fresh)
    for bad in ("", "x" * 64):
        send(cast.mentee, evaluation, "sign", status=200, seen_digest=bad)


def test_signing_says_what_is_still_untold(cast, visit):
    lifecycle.closed(cast)
    evaluation = lifecycle.talked(cast, lifecycle.shared(cast, talk_in=3))
    page = text_of(visit(cast.mentor, evaluation, "sign"))
    assert "Of 1 earlier action point nobody said what became of it." in page
    assert "The talk is planned on" in page and "To the signature" in page


def test_what_is_not_ready_is_said_before_signing(cast, visit, send):
    evaluation = lifecycle.shared(cast)
    page = text_of(visit(cast.mentor, evaluation, "sign"))
    assert "Write down the conclusion of the talk first." in page
    assert "Sign; from then on nothing changes" not in page
    lifecycle.talked(cast, evaluation)
    acts.take_back_sheet(user=cast.mentor, evaluation_id=evaluation.public_id, reason="Mistake")
    assert "taken back: share it first" in text_of(visit(cast.mentor, evaluation, "sign"))
    response = send(
        cast.mentor, evaluation, "sign", status=200, seen_digest=digest_of(evaluation), remark="Ok"
    )
    assert "taken back: share it first" in text_of(response) and "Ok" in response.content.decode()
    assert not Signature.objects.exists()


def test_the_deputys_signature_says_so(cast, visit, send):
    evaluation = lifecycle.talked(cast)
    deputise(cast)
    page = text_of(visit(cast.deputy, evaluation, "sign"))
    assert "Deputy Person, as deputy" in page
    send(cast.deputy, evaluation, "sign", seen_digest=digest_of(evaluation))
    evaluation.refresh_from_db()
    assert "Deputy Person, as deputy" in text_of(visit(cast.mentee, evaluation))
    assert "Deputy Person, deputy mentor" in text_of(
        visit(cast.mentee, evaluation, "evaluation_history")
    )


def test_a_missing_signature_is_recorded_after_some_days(cast, visit, send):
    evaluation = lifecycle.signed(cast)
    assert "can be recorded from" in text_of(visit(cast.mentor, evaluation, "signature_missing"))
    data = {"role": "line_manager", "verdict": "refused", "reason": "Said no"}
    early = send(cast.mentor, evaluation, "signature_missing", status=200, **data)
    assert "It is too early to record this." in text_of(early)
    signed_long_ago(evaluation)
    for bad, message in (
        ({"role": "mentor"}, "Choose whose signature is missing."),
        ({"role": ""}, "Choose whose signature is missing."),
        ({"verdict": "signed"}, "Choose what happened."),
        ({"reason": " "}, "Say why the signature is missing."),
        ({"reason": "x" * 20_001}, "This text has 20001 characters"),
    ):
        response = send(cast.mentor, evaluation, "signature_missing", status=200, **data | bad)
        assert any(message in said for said in messages(response)), (bad, messages(response))
    send(cast.mentor, evaluation, "signature_missing", **data)
    signature = Signature.objects.get(role=Role.LINE_MANAGER)
    assert (signature.verdict, signature.recorded_by_name) == (Verdict.REFUSED, "Mentor Person")
    page = text_of(visit(cast.mentee, evaluation, query="?done=missing"))
    assert "Refused to sign" in page and "Said no" in page and "by Mentor Person" in page
    page = visit(cast.mentor, evaluation, "signature_missing").content.decode()
    assert 'value="mentee"' in page and 'value="line_manager"' not in page


# -- Corrections


def test_a_correction_is_named_both_ways(cast, visit, send):
    evaluation = lifecycle.closed(cast)
    page = visit(cast.mentor, evaluation, "evaluation_correct")
    assert "What was signed never changes" in text_of(page)
    refused = send(cast.mentor, evaluation, "evaluation_correct", status=200, reason="  ")
    assert "Error: Say what was wrong." in messages(refused)
    response = send(cast.mentor, evaluation, "evaluation_correct", reason="Wrong level noted")
    correction = evaluation.corrections.get()
    assert response.url == address(correction) + "?done=correcting"
    visit(cast.mentor, correction)
    page = text_of(visit(cast.mentor, evaluation))
    assert "A correction of this is being written" in page and "Wrong level noted" in page
    assert "Correct a mistake" not in page

    # Until it is shared the mentee knows that there is one, the line manager does not.
    for name in ("evaluation", "evaluation_history"):
        page = visit(cast.mentee, evaluation, name).content.decode()
        assert "Wrong level noted" not in page
        page = visit(cast.mentee, correction, name).content.decode()
        assert "Wrong level noted" not in page and "by mentor" not in page
        page = visit(cast.manager, evaluation, name).content.decode()
        assert "orrection" not in page, name
        visit(cast.manager, correction, name, status=404)
        page = visit(cast.coordinator, evaluation, name).content.decode()
        assert "Wrong level noted" not in page
    again = send(cast.mentor, evaluation, "evaluation_correct", status=200, reason="Once more")
    assert "A correction of this evaluation exists already." in text_of(again)
    assert "Once more" in again.content.decode()

    acts.share_sheet(user=cast.mentor, evaluation_id=correction.public_id)
    for user in (cast.mentee, cast.manager):
        page = text_of(visit(user, correction))
        assert "Wrong level noted" in page and "This corrects the evaluation" in page
        assert "Wrong level noted" in text_of(visit(user, evaluation, "evaluation_history"))
    correction.refresh_from_db()
    lifecycle.sign(correction, cast.mentor)
    page = text_of(visit(cast.manager, evaluation))
    assert "the correction counts" in page and "Wrong level noted" in page
