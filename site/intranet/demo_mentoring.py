"""What the demonstration adds to the mentoring project that mentorship_setup made.

A framework and a role have been edited since, so that readers see what changed and by whom, and
a draft waits for its editor.
"""

from django.contrib.auth import get_user_model

from mentorship_cms.models import (
    Competency,
    CompetencyFramework,
    Responsibility,
    RoleDescription,
)
from mentorship_cms.services.publishing import publish
from mentorship_cms.starter import key_of

#: What was added is the same in every language: a competency, and a responsibility of the mentor.
ADDED = key_of("demo:care.B9")
ADDED_TO_ROLE = key_of("demo:MT1.7")

#: What the editor changed in each language: the same edits, in the words of that language.
EDITS = {
    "nl": {
        "framework_note": "Slikproblemen herkennen toegevoegd, na vraag van de nachtploeg",
        "reworded": "Handhygiëne toepassen en toelichten aan bezoekers",
        "added": {
            "code": "B9",
            "title": "Slikproblemen herkennen en melden",
            "criterion": (
                "Merkt hoesten, een natte stem of restjes in de mond op tijdens de maaltijd, "
                "stopt met eten geven en meldt het meteen aan de verpleegkundige."
            ),
        },
        "role_note": "Eerste werkdag beter omschreven",
        "responsibility": "Voorziet op de eerste werkdag een uur zonder andere taken.",
        "explanation": "Dat uur staat in het rooster, zodat niemand hoeft te haasten.",
    },
    "fr": {
        "framework_note": "Repérer les troubles de la déglutition, à la demande de l’équipe de nuit",
        "reworded": "Appliquer l’hygiène des mains et l’expliquer aux visiteurs",
        "added": {
            "code": "B9",
            "title": "Repérer et signaler les troubles de la déglutition",
            "criterion": (
                "Remarque une toux, une voix mouillée ou des restes en bouche pendant le repas, "
                "arrête l’aide au repas et prévient aussitôt l’infirmière ou l’infirmier."
            ),
        },
        "role_note": "Premier jour de travail mieux décrit",
        "responsibility": "Prévoir, le premier jour, une heure sans autre tâche.",
        "explanation": "Cette heure figure à l’horaire, pour que personne ne doive se presser.",
    },
    "en": {
        "framework_note": "Noticing swallowing problems added, as the night team asked",
        "reworded": "Practising hand hygiene and explaining it to visitors",
        "added": {
            "code": "B9",
            "title": "Noticing and reporting swallowing problems",
            "criterion": (
                "Notices coughing, a wet voice or food left in the mouth during a meal, stops "
                "helping with the meal and tells the nurse at once."
            ),
        },
        "role_note": "First working day described better",
        "responsibility": "Keep an hour free of other tasks on the first working day.",
        "explanation": "That hour is on the rota, so that nobody has to hurry.",
    },
}


def enrich_mentoring():
    """Publish a second version of the framework and of the mentor's role, once per language."""
    editor = get_user_model().objects.get(username="editor")
    for language, words in EDITS.items():
        framework = CompetencyFramework.objects.filter(locale__language_code=language).first()
        if framework is not None and framework.versions.count() == 1:
            _edit_framework(framework, words)
            publish(snippet=framework, user=editor, note=words["framework_note"])
        role = RoleDescription.objects.filter(locale__language_code=language, role="mentor").first()
        if role is not None and role.versions.count() == 1:
            _edit_role(role, words)
            publish(snippet=role, user=editor, note=words["role_note"])


def _edit_framework(framework, words):
    """Add a competency to the area of daily care, reword one of hygiene, move one up."""
    care, hygiene = framework.areas.all()[1], framework.areas.all()[3]
    care.competencies.add(
        Competency(
            key=ADDED,
            kind="know_how",
            sort_order=care.competencies.count(),
            **words["added"],
        )
    )
    first, second = hygiene.competencies.all()[:2]
    first.title = words["reworded"]
    first.sort_order, second.sort_order = second.sort_order, first.sort_order
    hygiene.competencies.add(first, second)
    framework.areas.add(care, hygiene)


def _edit_role(role, words):
    """Add a responsibility to the first group."""
    group = role.groups.all()[0]
    group.responsibilities.add(
        Responsibility(
            key=ADDED_TO_ROLE,
            text=words["responsibility"],
            explanation=words["explanation"],
            sort_order=group.responsibilities.count(),
        )
    )
    role.groups.add(group)
