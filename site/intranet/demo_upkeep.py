"""How the demonstration's texts are kept current: who answers for them, what is due, what readers ask.

Everything is done by the plugin's services, each act by the person who does it and at the moment
when they do. Most texts were checked; one is overdue, one was put off, one question waits.
"""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.test.utils import override_settings
from django.utils import timezone

from intranet.demo_mentoring import ADDED
from intranet.demo_mentorships import at, moment
from mentorship_cms.models import (
    CompetencyFramework,
    MentoringProjectPage,
    RoleDescription,
    UpkeepAct,
)
from mentorship_cms.services import flags, translations, upkeep
from mentorship_cms.starter import key_of

HANDED_OVER = "Jij leidt de werkgroep mentoraat, dus de teksten zijn bij jou in goede handen."
WAITS = "Wacht op het overleg met de leidinggevenden over de uren voor mentoren."
#: What readers ask, by key: who, how many days ago, and what they heard.
QUESTIONS = (
    (
        key_of("care.A1"),
        "reader",
        12,
        "Geldt dit ook voor bewoners die ons al jaren kennen?",
        (9, "Ja: ook wie je kent, hoort wat je gaat doen en waarom."),
    ),
    (
        ADDED,
        "mentor",
        3,
        "Wie verwittig ik als er ’s nachts geen verpleegkundige op de afdeling is?",
        None,
    ),
)


def load_upkeep():
    """Do what was done so far, once."""
    if UpkeepAct.objects.exists():
        return
    users = {user.get_username(): user for user in get_user_model().objects.all()}
    with override_settings(MENTORSHIP_CMS_SEND_MAIL=False), transaction.atomic():
        upkeep.begin_missing()
        _check_texts(users["editor"], users["admin"])
        _compare_translations(users["editor"])
        _ask_and_answer(users)


def _check_texts(editor, administrator):
    for days, page in enumerate(MentoringProjectPage.objects.order_by("path"), start=60):
        with at(moment(days, "11:00")):
            remark = HANDED_OVER
            upkeep.hand_over(item=page, user=administrator, owner=editor, remark=remark)
            upkeep.confirm(item=page, user=editor)
    for framework in CompetencyFramework.objects.order_by("pk"):
        with at(moment(90, "15:30")):
            upkeep.confirm(item=framework, user=editor)
    for role in RoleDescription.objects.order_by("pk"):
        # The mentee's is overdue in every language; management's is put off.
        with at(moment(45, "10:15")):
            if role.role == "management":
                until = timezone.localdate() + timedelta(days=60)
                upkeep.postpone(item=role, user=editor, until=until, remark=WAITS)
            elif role.role != "mentee":
                upkeep.confirm(item=role, user=editor)


def _compare_translations(editor):
    with at(moment(80, "16:00")):
        # Of the framework, English was last compared with the first version.
        for language, number in (("fr", 2), ("en", 1)):
            framework = CompetencyFramework.objects.get(locale__language_code=language)
            translations.mark_in_line(user=editor, translation=framework, number=number)
            role = RoleDescription.objects.get(locale__language_code=language, role="mentor")
            translations.mark_in_line(user=editor, translation=role, number=2)


def _ask_and_answer(users):
    version = CompetencyFramework.objects.get(locale__language_code="nl").versions.latest("number")
    for key, reader, days, sentence, heard in QUESTIONS:
        with at(moment(days, "13:40")):
            flag = flags.ask(user=users[reader], version=version, part_key=key, sentence=sentence)
        if heard:
            days, text = heard
            with at(moment(days, "09:20")):
                flags.answer(user=users["editor"], flag=flag, outcome="answered", text=text)
