"""The daily mails: who hears of what, once, in their language, whatever the mail server does."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import timezone, translation
from wagtail.users.models import UserProfile

from mentorship_cms.models import RolePage, Upkeep, UpkeepReminder
from mentorship_cms.services import reminders, setup, upkeep
from tests.factories import make_user


def today():
    return timezone.localdate()


def due(item, days):
    """Let ``item`` be due in so many days."""
    row = Upkeep.objects.filter(pk=upkeep.upkeep_of(item).pk)
    row.update(due_on=today() + timedelta(days=days))


def own(item, person):
    upkeep.hand_over(item=item, user=person, owner=person, remark="Mine")


def told(item, person):
    """Let ``person`` have been mailed about the day on which ``item`` is due."""
    row = upkeep.upkeep_of(item)
    UpkeepReminder.objects.create(upkeep=row, person=person, due_on=row.due_on)


def run(**options):
    """Run the command; return what it said and who was mailed."""
    mail.outbox.clear()
    said = StringIO()
    call_command("mentorship_remind", stdout=said, **options)
    return said.getvalue(), [sent.to[0] for sent in mail.outbox]


def speak(person, language):
    UserProfile.objects.create(user=person, preferred_language=language)


def test_the_owner_is_mailed_two_weeks_ahead_and_once(role, framework, editor, coordinator):
    speak(editor, "en")
    for item in (role, framework):
        own(item, editor)
        due(item, 15)
    assert run()[1] == []
    for item in (role, framework):
        due(item, 14)
    said, to = run()
    assert to == [editor.email]
    assert "Mails sent: 1. Texts: 2." in said
    (sent,) = mail.outbox
    assert sent.subject == "2 texts of the mentoring project are to be checked"
    assert f"/admin/mentorship/role/{role.pk}/upkeep/" in sent.body
    assert f"/admin/mentorship/framework/{framework.pk}/upkeep/" in sent.body
    assert sent.body.startswith("Hello,")
    assert run()[1] == []


def test_coordinators_hear_of_what_is_overdue_once(role, mentoring, editor, coordinator):
    speak(coordinator, "en")
    page = mentoring.add_child(
        instance=RolePage(title="Small role", locale=mentoring.locale, role_description=role)
    )
    own(role, editor)
    due(role, 3)
    assert run()[1] == [editor.email]
    due(role, -1)
    assert run()[1] == [editor.email, coordinator.email]
    sent = mail.outbox[1]
    assert page.full_url in sent.body
    assert "/admin/" not in sent.body
    assert run()[1] == []


def test_a_day_that_passes_reaches_the_coordinators_though_the_owner_was_mailed(
    role, editor, coordinator
):
    own(role, editor)
    due(role, -1)
    told(role, editor)
    assert run()[1] == [coordinator.email]


def test_coordinators_hear_of_what_nobody_answers_for(role, coordinator, editor):
    due(role, 10)
    assert run()[1] == [coordinator.email]
    assert run()[1] == []


def test_another_day_is_another_mail(role, editor, coordinator):
    own(role, editor)
    due(role, 10)
    assert run()[1] == [editor.email]
    upkeep.postpone(item=role, user=editor, until=today() + timedelta(days=12), remark="Later")
    assert run()[1] == [editor.email]


def test_who_is_owner_and_coordinator_gets_one_mail_that_names_a_text_once(role, editor):
    editor.groups.add(setup.Group.objects.get(name=setup.COORDINATORS))
    own(role, editor)
    due(role, -1)
    assert run()[1] == [editor.email]
    assert mail.outbox[0].body.count(role.title + ",") == 1
    assert run()[1] == []


def test_each_in_their_language(role, editor, coordinator, monkeypatch):
    speak(editor, "fr")
    own(role, editor)
    due(role, -1)
    languages = {}

    def note(subject, message, sender, to):
        languages[to[0]] = translation.get_language()

    monkeypatch.setattr(reminders, "send_mail", note)
    with translation.override("en"):
        run()
    assert languages == {editor.email: "fr", coordinator.email: "nl"}


@pytest.fixture
def broken(monkeypatch):
    """Let no mail to ``person`` be sent; returns what sets that right."""
    send_mail = reminders.send_mail

    def breaks(person):
        def send(subject, message, sender, to):
            if to == [person.email]:
                raise OSError("refused")
            send_mail(subject, message, sender, to)

        monkeypatch.setattr(reminders, "send_mail", send)
        return lambda: monkeypatch.setattr(reminders, "send_mail", send_mail)

    return breaks


def test_a_mail_that_is_not_sent_is_tried_again(role, framework, editor, coordinator, broken):
    own(role, editor)
    due(role, 5)
    due(framework, 5)
    mend = broken(editor)
    with pytest.raises(CommandError, match="Mails not sent: 1"):
        run()
    assert [sent.to[0] for sent in mail.outbox] == [coordinator.email]
    mend()
    assert run()[1] == [editor.email]


def test_a_coordinator_whose_mail_fails_is_tried_again_though_another_was_mailed(
    role, coordinator, broken
):
    second = make_user("second", setup.COORDINATORS)
    due(role, -1)
    mend = broken(second)
    with pytest.raises(CommandError, match="Mails not sent: 1"):
        run()
    assert [sent.to[0] for sent in mail.outbox] == [coordinator.email]
    mend()
    assert run()[1] == [second.email]
    assert run()[1] == []


def test_who_becomes_coordinator_later_hears_of_what_is_overdue(role, coordinator):
    due(role, -3)
    assert run()[1] == [coordinator.email]
    late = make_user("late", setup.COORDINATORS)
    assert run()[1] == [late.email]
    assert run()[1] == []


def test_who_becomes_owner_later_hears_of_what_is_due(role, editor, coordinator):
    own(role, editor)
    due(role, 10)
    assert run()[1] == [editor.email]
    second = make_user("second", setup.EDITORS)
    own(role, second)
    assert run()[1] == [second.email]
    assert run()[1] == []


def test_only_the_day_that_is_due_is_remembered(role, editor, coordinator):
    own(role, editor)
    due(role, -3)
    run()
    assert UpkeepReminder.objects.count() == 2
    upkeep.confirm(item=role, user=editor)
    run()
    assert not UpkeepReminder.objects.exists()


def test_a_trial_sends_and_keeps_nothing(role, editor, coordinator):
    own(role, editor)
    due(role, 5)
    said, to = run(dry_run=True)
    assert (to, "would mail: editor" in said) == ([], True)
    assert run()[1] == [editor.email]


def test_a_site_without_mails_is_told_so(role, editor, coordinator):
    due(role, -1)
    with override_settings(MENTORSHIP_CMS_SEND_MAIL=False):
        said, to = run()
    assert (to, "MENTORSHIP_CMS_SEND_MAIL" in said) == ([], True)
    assert run()[1] == [coordinator.email]


def test_closed_accounts_and_superusers_are_not_coordinators(coordinator, administrator):
    gone = make_user("gone", setup.COORDINATORS, is_active=False)
    assert list(reminders.coordinators()) == [coordinator]
    assert gone.email


def test_the_texts_of_a_mail_hold_no_names(role, editor, coordinator, in_english):
    upkeep.confirm(item=role, user=coordinator, remark="Secret remark")
    own(role, editor)
    due(role, -1)
    run()
    for sent in mail.outbox:
        for word in ("Edith", "Editor", "Secret", editor.email, coordinator.email):
            assert word not in sent.body
