"""Asking and answering what is not clear, and the mails about it."""

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from wagtail.users.models import UserProfile

from mentorship_cms.choices import FlagState
from mentorship_cms.models import CompetencyFramework, Flag, FrameworkVersion
from mentorship_cms.models.flags import LONGEST_ANSWER, LONGEST_SENTENCE
from mentorship_cms.permissions import NotVisible
from mentorship_cms.services import flags
from mentorship_cms.services.errors import StaleError
from mentorship_cms.services.publishing import publish
from tests import factories
from tests.flags.helpers import asked, remove, reword

pytestmark = pytest.mark.django_db


# -- Asking


def test_a_question_keeps_who_asked_what_about_which_words(reader, version, part):
    flag = asked(reader, version, part, "  Which help\r\nis meant? ")
    flag.refresh_from_db()
    assert (flag.reporter, flag.framework, flag.role_description) == (
        reader,
        version.framework,
        None,
    )
    assert (str(flag.part_key), flag.part_name) == (part.key, "A1 Competency A1")
    assert (flag.version_number, flag.state) == (1, FlagState.OPEN)
    assert flag.sentence == "Which help\nis meant?"


def test_a_question_about_a_responsibility(reader, role):
    version = role.versions.get()
    item = version.content.responsibilities[1]
    flag = asked(reader, version, item)
    assert (flag.subject, flag.part_name) == (role, "Does 1.2")


@pytest.mark.parametrize("sentence", ["", " \n ", "x" * (LONGEST_SENTENCE + 1)])
def test_a_question_says_something_and_is_short(reader, version, part, sentence):
    with pytest.raises(ValidationError) as caught:
        asked(reader, version, part, sentence)
    assert set(caught.value.message_dict) == {"sentence"}
    assert not Flag.objects.exists()
    asked(reader, version, part, "x" * LONGEST_SENTENCE)


def test_a_part_of_another_framework_has_no_question(reader, version, home):
    other = factories.published_framework(locale=home.locale, title="Other").versions.get()
    with pytest.raises(NotVisible):
        asked(reader, version, other.content.competencies[0])


def test_the_same_person_words_it_anew_instead_of_twice(reader, version, part):
    flag = asked(reader, version, part)
    again = asked(reader, version, part, "Whose help is meant?", changes=flag.public_id)
    assert again.pk == flag.pk
    assert Flag.objects.get().sentence == "Whose help is meant?"


def test_a_second_window_is_told_of_the_first(reader, version, part):
    asked(reader, version, part)
    with pytest.raises(StaleError) as caught:
        asked(reader, version, part, "Something else")
    assert caught.value.stored == {"sentence": "Which help is meant?"}
    assert Flag.objects.get().sentence == "Which help is meant?"
    # The same words sent twice are one question.
    asked(reader, version, part)
    assert Flag.objects.count() == 1


def test_what_was_answered_meanwhile_is_not_worded_anew(reader, editor, version, part):
    flag = asked(reader, version, part)
    flags.answer(user=editor, flag=flag, outcome="answered", text="Any help.")
    with pytest.raises(ValidationError):
        asked(reader, version, part, "Whose?", changes=flag.public_id)
    flag.refresh_from_db()
    assert flag.sentence == "Which help is meant?"
    assert asked(reader, version, part, "Whose?").pk != flag.pk


def test_two_people_ask_about_the_same(reader, editor, version, part):
    asked(reader, version, part)
    asked(editor, version, part)
    assert Flag.objects.count() == 2


def test_the_database_keeps_one_open_question_of_a_person_about_a_part(reader, version, part):
    flag = asked(reader, version, part)
    flag.pk, flag.public_id = None, part.key
    with pytest.raises(IntegrityError), transaction.atomic():
        flag.save(force_insert=True)


def test_a_part_of_the_same_key_in_another_language_has_its_own_question(
    reader, framework, version, part, english
):
    translated = framework.copy_for_translation(english)
    translated.save()
    publish(snippet=translated)
    other = FrameworkVersion.objects.get(framework=translated)
    assert other.content.competencies[0].key == part.key
    asked(reader, version, part)
    assert asked(reader, other, part).framework == translated


def test_at_most_so_many_wait_for_one_person(reader, editor, home, monkeypatch):
    monkeypatch.setattr(flags, "MOST_OPEN", 3)
    version = factories.published_framework(locale=home.locale).versions.get()
    first, *others = version.content.competencies
    waiting = [asked(reader, version, part) for part in (first, *others[:2])]
    with pytest.raises(ValidationError):
        asked(reader, version, others[2])
    # One that waits can still be worded anew, and an answer makes room.
    asked(reader, version, first, "Whose?", changes=waiting[0].public_id)
    flags.answer(user=editor, flag=waiting[1], outcome="closed", text="It is a word of the law.")
    asked(reader, version, others[2])


# -- Answering


@pytest.mark.parametrize(
    ("outcome", "words", "wrong"),
    [
        ("answered", "", {"text"}),
        ("closed", " ", {"text"}),
        ("", "A text", {"outcome"}),
        ("open", "A text", {"outcome"}),
        ("gone", "", {"outcome"}),
        ("changed", "x" * (LONGEST_ANSWER + 1), {"text"}),
    ],
)
def test_an_answer_says_what_became_of_it(reader, editor, version, part, outcome, words, wrong):
    flag = asked(reader, version, part)
    with pytest.raises(ValidationError) as caught:
        flags.answer(user=editor, flag=flag, outcome=outcome, text=words)
    assert set(caught.value.message_dict) == wrong
    flag.refresh_from_db()
    assert flag.is_open


@pytest.mark.parametrize(
    ("outcome", "words"), [("answered", "Any help."), ("changed", ""), ("closed", "The law.")]
)
def test_an_answer_is_kept_with_who_and_when(
    reader, editor, framework, version, part, outcome, words
):
    flag = asked(reader, version, part)
    reword(framework, part.key, words="In other words.")
    flags.answer(user=editor, flag=flag, outcome=outcome, text=words)
    flag.refresh_from_db()
    assert (flag.state, flag.answer, flag.answered_by) == (outcome, words, editor)
    assert flag.answered_by_name == "Edith Editor"
    assert flag.answered_at is not None
    assert flag.read_at is None


def test_a_changed_text_is_no_answer_when_nothing_changed(reader, editor, framework, version, part):
    flag = asked(reader, version, part)
    with pytest.raises(ValidationError) as caught:
        flags.answer(user=editor, flag=flag, outcome="changed", text=" ")
    assert set(caught.value.message_dict) == {"text"}
    flags.answer(user=editor, flag=flag, outcome="changed", text="On the page about meals.")
    # A draft of it will do: the answer may come before the publication.
    flag = asked(reader, version, part)
    draft = CompetencyFramework.objects.get(pk=framework.pk).get_latest_revision_as_object()
    draft.introduction = "In other words."
    draft.save_revision()
    flags.answer(user=editor, flag=flag, outcome="changed")
    assert Flag.objects.get(pk=flag.pk).state == FlagState.CHANGED


def test_the_second_of_two_editors_learns_what_the_first_answered(
    reader, editor, administrator, version, part
):
    flag = asked(reader, version, part)
    flags.answer(user=editor, flag=flag, outcome="answered", text="Any help.")
    with pytest.raises(flags.AlreadyAnsweredError) as caught:
        flags.answer(user=administrator, flag=flag, outcome="closed", text="No.")
    assert (caught.value.flag.answer, caught.value.flag.answered_by) == ("Any help.", editor)
    flag.refresh_from_db()
    assert flag.answer == "Any help."


def test_a_question_about_what_is_gone_is_still_answered(reader, editor, framework, version, part):
    flag = asked(reader, version, part)
    remove(framework, part.key)
    (question,) = flags.questions_of([flag])
    assert (question.part, question.asked.key, question.name) == (None, part.key, flag.part_name)
    assert question.has_changed
    flags.answer(user=editor, flag=flag, outcome="closed", text="It is gone.")


def test_who_leaves_leaves_the_question_without_a_name(reader, editor, version, part):
    flag = asked(reader, version, part)
    reader.delete()
    flag.refresh_from_db()
    assert flag.reporter is None
    flags.answer(user=editor, flag=flag, outcome="answered", text="Any help.")
    flag.refresh_from_db()
    assert "Rana" not in str(vars(flag))


@pytest.mark.parametrize("kind", ["framework", "role"])
def test_only_other_words_count_as_a_change_since(reader, framework, role, kind):
    item = framework if kind == "framework" else role
    version = item.versions.get()
    first, second = [*flags.parts_of(version.content).values()][:2]
    mine = [asked(reader, version, first), asked(reader, version, second)]
    assert [question.has_changed for question in flags.questions_of(mine)] == [False, False]
    reword(item, first.key, words="In other words.")
    found = flags.questions_of(mine)
    assert [question.has_changed for question in found] == [True, False]
    assert [question.current for question in found] == [2, 2]
    assert [change.new for change in found[0].texts] == ["In other words."]


# -- Mails


@pytest.fixture
def owner(editor, monkeypatch):
    """The editor answers for everything."""
    monkeypatch.setattr(flags, "owner_of", lambda item: editor)
    return editor


def test_owner_and_reader_are_mailed_without_a_word_of_it(
    reader, owner, version, part, django_capture_on_commit_callbacks
):
    UserProfile.objects.create(user=owner, preferred_language="en")
    UserProfile.objects.create(user=reader, preferred_language="fr")
    with django_capture_on_commit_callbacks(execute=True):
        flag = asked(reader, version, part)
    with django_capture_on_commit_callbacks(execute=True):
        asked(reader, version, part, "Whose?", changes=flag.public_id)
    (sent,) = mail.outbox
    assert sent.to == [owner.email]
    assert f"/admin/mentorship/framework/{version.framework_id}/questions/" in sent.body
    assert "a reader finds something not clear" in sent.body
    with django_capture_on_commit_callbacks(execute=True):
        flags.answer(user=owner, flag=flag, outcome="answered", text="Any help.")
    answered = mail.outbox[1]
    assert answered.to == [reader.email]
    assert "/fr/mentorships/unclear/" in answered.body
    for message in mail.outbox:
        said = message.subject + message.body
        for word in ("Rana", "Edith", "help", "Competency", "Whose", version.framework.title):
            assert word not in said


def test_nobody_is_mailed_about_their_own_doing(
    owner, version, part, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        flag = asked(owner, version, part)
        flags.answer(user=owner, flag=flag, outcome="closed", text="Never mind.")
    assert mail.outbox == []
    flag.refresh_from_db()
    assert flag.read_at is not None


def test_a_site_that_sends_no_mail(
    reader, owner, version, part, settings, django_capture_on_commit_callbacks
):
    settings.MENTORSHIP_CMS_SEND_MAIL = False
    with django_capture_on_commit_callbacks(execute=True):
        flag = asked(reader, version, part)
        flags.answer(user=owner, flag=flag, outcome="closed", text="No.")
    assert mail.outbox == []
