"""What editors are warned of, and that they are warned of nothing else."""

import json

import pytest
from bs4 import BeautifulSoup
from django.urls import reverse
from wagtail import hooks
from wagtail.admin.userbar import ContentCheckerItem

from mentorship_cms.models import CompetencyFramework, FrameworkPage, RoleDescription
from mentorship_cms.services import content_checks
from mentorship_cms.services.content_checks import check, is_observable
from mentorship_cms.structures import (
    AreaContent,
    CompetencyContent,
    FrameworkContent,
    GroupContent,
    ResponsibilityContent,
    RoleContent,
)
from tests import factories
from tests.forms import form_data

pytestmark = pytest.mark.usefixtures("in_english")

ADDRESS = "wagtailsnippets_mentorship_cms_competencyframework"


def framework(*competencies, **fields):
    area = AreaContent("area", "A", "Area", competencies=tuple(competencies))
    return FrameworkContent(title="Care assistant", areas=(area,), **fields)


def competency(key="one", code="A1", criterion="Says so.", **fields):
    return CompetencyContent(key, code, f"Title {key}", "attitude", criterion, **fields)


def found(content, language="en"):
    return [
        (getattr(problem.part, "key", ""), problem.code) for problem in check(content, language)
    ]


def test_good_content_has_no_problem():
    assert found(framework(competency(), competency("two", "A2"))) == []


def test_the_same_code_twice_is_told_of_both_with_the_other():
    content = framework(competency(), competency("two", " a1 "), competency("three", ""))
    problems = check(content, "en")
    assert [(p.part.key, p.code) for p in problems] == [
        ("one", "double-code"),
        ("two", "double-code"),
    ]
    assert "Title two" in problems[0].message
    assert found(framework(competency(code=""), competency("two", ""))) == []


def test_an_area_and_a_competency_may_have_the_same_code():
    assert found(framework(competency(code="A"))) == []


def test_a_competency_asks_for_a_criterion():
    assert found(framework(competency(criterion=" "))) == [("one", "no-criterion")]


def test_a_heading_with_nothing_beneath_is_told():
    assert found(framework()) == [("area", "empty-section")]
    role = RoleContent("Mentor", "mentor", groups=(GroupContent("group", "Group"),))
    assert found(role) == [("group", "empty-section")]


@pytest.mark.parametrize(
    ("language", "criterion"),
    [
        ("en", "Knows the fire procedure."),
        ("en", "Understands the rules and the procedures of the house"),
        ("en", "Is aware of risks"),
        ("en", "The mentee knows the names of the residents."),
        ("nl", "Kent de brandprocedure."),
        ("nl", "Begrijpt het belang van handhygiëne"),
        ("nl", "Is zich bewust van de eigen grenzen."),
        ("nl", "Weet waar de blusser is."),
        ("fr", "Connaît la procédure incendie."),
        ("fr", "Comprend l’importance de l’hygiène des mains"),
        ("fr", "Sait que le secret professionnel existe"),
        ("fr", "Est consciente de ses limites."),
    ],
)
def test_what_nobody_can_see_is_told(language, criterion):
    assert not is_observable(criterion, language)
    assert found(framework(competency(criterion=criterion)), language) == [
        ("one", "not-observable")
    ]


@pytest.mark.parametrize(
    ("language", "criterion"),
    [
        ("en", "Knows the procedure and explains it to a colleague."),
        ("en", "Shows that she understands the plan."),
        ("en", "Knows how to lift somebody."),
        ("en", "Greets visitors by name."),
        ("nl", "Kent de procedure en past ze toe"),
        ("nl", "Zegt wat hij weet en vraagt wat hij niet begrijpt."),
        ("nl", "Een bekend gezicht voor de bewoners"),
        ("fr", "Connaît la procédure et l’applique."),
        ("fr", "Connaît les règles et les explique."),
        ("fr", "Sait expliquer la procédure"),
        # Verbs of this language are not known, so nothing is said of it.
        ("de", "Weiß es."),
        ("nl", "Knows the procedure"),
    ],
)
def test_what_one_can_see_is_left_alone(language, criterion):
    assert is_observable(criterion, language)


def test_a_regional_language_is_read_as_its_language():
    assert found(framework(competency(criterion="Kent de weg.")), "nl-be") == [
        ("one", "not-observable")
    ]


def test_a_sentence_too_long_to_read_is_told_with_its_length():
    words = " ".join(["word"] * 30)
    assert found(framework(competency(criterion=f"{words}. {words}!\n{words}"))) == []
    (problem,) = check(framework(competency(criterion=f"Short. {words} more words.")), "en")
    assert problem.code == "long-sentence"
    assert "32 words" in problem.message
    (problem,) = check(framework(competency(), introduction=f"{words} more."), "en")
    assert not hasattr(problem.part, "key")


def test_responsibilities_are_read_too():
    item = ResponsibilityContent("item", "Does", " ".join(["word"] * 31))
    role = RoleContent("Mentor", "mentor", groups=(GroupContent("g", "G", "", (item,)),))
    assert found(role) == [("item", "long-sentence")]


def test_the_starter_content_has_few_problems(mentoring):
    problems = [
        (item.locale.language_code, problem.code)
        for model in (CompetencyFramework, RoleDescription)
        for item in model.objects.filter(live=True)
        for problem in check(item.content(), item.locale.language_code)
    ]
    assert {code for _language, code in problems} <= {content_checks.LONG_SENTENCE}
    assert len(problems) <= 3


# -- In Wagtail's own checks


@pytest.fixture
def preview(client, editor):
    """The preview of an item's draft, as the form shows it."""

    def preview(item):
        client.force_login(editor)
        form = client.get(reverse(f"{ADDRESS}:edit", args=[item.pk]))
        address = reverse(f"{ADDRESS}:preview_on_edit", args=[item.pk])
        assert client.post(address, form_data(form)).json()["is_valid"]
        return BeautifulSoup(client.get(address).content, "html.parser")

    return preview


def test_the_preview_of_a_draft_marks_what_to_look_at(client, preview, mentoring):
    item = CompetencyFramework.objects.get(locale=mentoring.locale)
    draft = item.latest_revision.as_object()
    first, second, *_rest = draft.areas.all()[0].competencies.all()
    first.criterion = "Kent de weg."
    second.code = first.code
    draft.save_revision()
    shown = preview(item)
    marked = shown.select("[data-mentorship-check]")
    assert [(tag.parent.parent["id"], tag["data-mentorship-check"]) for tag in marked] == [
        (first.content().anchor, "double-code not-observable"),
        (second.content().anchor, "double-code"),
    ]
    # The checker calls an element by its id: that is what readers call the part.
    names = [tag["id"].replace("\N{NO-BREAK SPACE}", " ") for tag in marked]
    for name, part in zip(names, (first, second), strict=True):
        assert part.code in name and part.title.split()[0] in name
    assert not any(" " in tag["id"] for tag in marked)
    assert all(len(shown.find_all(id=tag["id"])) == 1 for tag in marked)
    # Readers get none of it.
    page = FrameworkPage.objects.get(framework=item)
    shown = BeautifulSoup(client.get(page.url).content, "html.parser")
    assert not shown.select("[data-mentorship-check]")


def test_a_draft_without_page_lists_what_to_look_at(preview, home):
    item = factories.published_framework(locale=home.locale, areas=1, competencies=0)
    (mark,) = preview(item).select("[data-mentorship-check]")
    assert mark["data-mentorship-check"] == "empty-section"
    assert "Area A" in mark.text


def test_the_form_tells_wagtails_checker_what_the_marks_mean(client, editor, mentoring):
    item = CompetencyFramework.objects.get(locale=mentoring.locale)
    client.force_login(editor)
    form = client.get(reverse(f"{ADDRESS}:edit", args=[item.pk]), headers={"accept-language": "en"})
    html = BeautifulSoup(form.content, "html.parser")
    configuration = json.loads(html.select_one("#checker-axe-configuration").string)
    for code in content_checks.CODES:
        name = f"mentorship-{code}"
        assert name in configuration["options"]["runOnly"]
        assert [rule["id"] for rule in configuration["spec"]["rules"]].count(name) == 1
        assert configuration["messages"][name]["help_text"]
    # Wagtail's own stay.
    assert "empty-heading" in configuration["options"]["runOnly"]


def test_a_previewed_page_knows_every_rule_that_the_editor_asks_it_for(rf):
    # Wagtail's checker stops at a rule that the page in its frame does not know.
    before, sets = list(ContentCheckerItem.axe_custom_rules), []
    for item in (ContentCheckerItem(), ContentCheckerItem(in_editor=True)):
        for hook in hooks.get_hooks("construct_wagtail_userbar"):
            hook(rf.get("/"), [item], None)
        configuration = item.get_axe_configuration(rf.get("/"))
        sets.append({rule["id"] for rule in configuration["spec"]["rules"]})
    assert sets[0] == sets[1]
    assert {f"mentorship-{code}" for code in content_checks.CODES} <= sets[0]
    assert ContentCheckerItem.axe_custom_rules == before, "the class of all checkers stays"
