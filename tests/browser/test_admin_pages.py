"""A close look at the plugin's own pages in the Wagtail admin: axe finds nothing in them."""

import json

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.conftest import manage
from tests.browser.scripts import RUN_AXE_WITHIN, THIN_OUT, UNFOLD_SOME

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

#: Makes what a page needs to show all it can, and says the keys that stand in addresses. The
#: drafts are of items that no other test of the demonstration looks at.
PREPARE = """
import json
from mentorship_cms.models import *
from mentorship_cms.models.kinds import SNIPPETS
framework = CompetencyFramework.objects.get(locale__language_code="fr")
draft = framework.get_latest_revision_as_object()
area = draft.areas.all()[0]
first, second, *others = area.competencies.all()
second.criterion = "Knows it."
area.competencies.set([second, *others])
draft.areas.add(area)
draft.save_revision()
scale = RatingScale.objects.get(locale__language_code="fr")
draft = scale.get_latest_revision_as_object()
draft.description = "Other words."
draft.save_revision()
dutch = {"locale__language_code": "nl"}
evaluation = Evaluation.objects.filter(state="closed").order_by("pk").first()
print(json.dumps({
    "framework": CompetencyFramework.objects.get(**dutch).pk,
    "draft": framework.pk,
    "role": RoleDescription.objects.get(role="mentor", **dutch).pk,
    "due": RoleDescription.objects.get(role="mentee", **dutch).pk,
    "scale": RatingScale.objects.get(**dutch).pk,
    "scale_draft": scale.pk,
    "page": MentoringProjectPage.objects.get(**dutch).pk,
    "evaluation": evaluation.pk,
    "mentorship": evaluation.mentorship_id,
    "row": CompetencyFramework.history.first().pk,
    "record_row": Evaluation.history.first().pk,
}))
"""

OWN = "/admin/mentorship/"
SNIPPETS = "/admin/snippets/mentorship_cms/"
REGISTER = "/admin/mentorship_cms/historical"
#: The pages by what they show: who opens it, and its address.
PAGES = {
    "upkeep of a framework": ("editor", OWN + "framework/{framework}/upkeep/"),
    "upkeep of a role that is due": ("editor", OWN + "role/{due}/upkeep/"),
    "upkeep of a page": ("editor", OWN + "page/{page}/upkeep/"),
    "upkeep report": ("editor", OWN + "upkeep/"),
    "dashboard": ("editor", "/admin/"),
    "questions": ("editor", OWN + "framework/{framework}/questions/"),
    "consequences": ("editor", OWN + "framework/{draft}/publish/"),
    "consequences of nothing": ("editor", OWN + "role/{role}/publish/"),
    "consequences of a scale": ("editor", OWN + "scale/{scale_draft}/publish/"),
    "translations": ("editor", OWN + "framework/{framework}/translations/"),
    "translations of a role": ("editor", OWN + "role/{role}/translations/"),
    "translations of a scale": ("editor", OWN + "scale/{scale}/translations/"),
    "paste": ("editor", OWN + "framework/{framework}/paste/"),
    "arrange": ("editor", OWN + "framework/{framework}/arrange/"),
    "history": ("editor", SNIPPETS + "competencyframework/history/{framework}/"),
    "history of a role": ("editor", SNIPPETS + "roledescription/history/{role}/"),
    "mentorships": ("coordinator", SNIPPETS + "mentorship/"),
    "mentorship": ("coordinator", SNIPPETS + "mentorship/inspect/{mentorship}/"),
    "history of a mentorship": ("coordinator", SNIPPETS + "mentorship/history/{mentorship}/"),
    "evaluations": ("coordinator", SNIPPETS + "evaluation/"),
    "evaluation": ("coordinator", SNIPPETS + "evaluation/inspect/{evaluation}/"),
    "history of an evaluation": ("coordinator", SNIPPETS + "evaluation/history/{evaluation}/"),
    "register of frameworks": ("coordinator", REGISTER + "competencyframework/"),
    "row of a register": ("coordinator", REGISTER + "competencyframework/inspect/{row}/"),
    "register of evaluations": ("coordinator", REGISTER + "evaluation/"),
    "row of an evaluation": ("coordinator", REGISTER + "evaluation/inspect/{record_row}/"),
}
WIDTHS = {"wide": (1280, 900), "narrow": (390, 844)}


@pytest.fixture(scope="module")
def keys(demonstration_folder, intranet):
    """What stands in the addresses, by name."""
    return json.loads(manage(demonstration_folder, "shell", "--no-imports", "-c", PREPARE))


@pytest.fixture(scope="module")
def pages(new_context, session_of):
    """A page of each person, on which scripts of the tests are allowed."""
    people = sorted({person for person, _address in PAGES.values()})
    return {
        person: new_context(bypass_csp=True, storage_state=session_of(person)).new_page()
        for person in people
    }


@pytest.mark.parametrize("name", PAGES)
def test_page_of_the_admin_is_accessible(pages, keys, name):
    """Axe finds nothing in what the plugin shows, wide and narrow, light and dark."""
    person, address = PAGES[name]
    page = pages[person]
    response = page.goto(address.format(**keys))
    assert response.status == 200
    assert page.url.endswith(address.format(**keys))
    page.evaluate(UNFOLD_SOME)
    page.evaluate(THIN_OUT)
    page.evaluate(AXE_SCRIPT)
    found = []
    for width, (across, down) in WIDTHS.items():
        page.set_viewport_size({"width": across, "height": down})
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        found += [f"{width}: {text}" for text in page.evaluate(RUN_AXE_WITHIN, [["main"], None])]
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        dark = page.evaluate(RUN_AXE_WITHIN, [["main"], ["wcag2aa"]])
        found += [f"{width} dark: {text}" for text in dark]
    assert not found, "\n".join(found)
