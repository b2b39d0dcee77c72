"""``mentorship_setup``: makes what is missing, changes nothing else, says what it did."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from wagtail.models import Locale, Page

from mentorship_cms.models import (
    Competency,
    CompetencyFramework,
    FrameworkVersion,
    MentoringProjectPage,
    RatingScale,
    RoleDescription,
    RolePage,
    RoleVersion,
)
from mentorship_cms.services.publishing import publish


def run(parent, *languages, **options):
    """Run the command; return what it printed."""
    out = StringIO()
    call_command("mentorship_setup", parent=str(parent), language=languages, stdout=out, **options)
    return out.getvalue()


def state():
    """How much there is of everything the setup makes."""
    return [
        model.objects.count()
        for model in (
            Page,
            Competency,
            CompetencyFramework,
            RatingScale,
            RoleDescription,
            FrameworkVersion,
            RoleVersion,
        )
    ] + [Competency.history.count()]


@pytest.fixture
def second_site(home):
    """The home page of a second site in the same Wagtail, in Dutch."""
    return Page.objects.get(depth=1).add_child(
        instance=Page(title="Second", slug="second", locale=home.locale)
    )


def test_a_second_run_makes_nothing(home):
    before = state()
    printed = run(home.pk, "nl", "fr", "en")
    assert state() == before
    assert "0 made" in printed
    assert "made:" not in printed


def test_a_second_run_keeps_what_an_editor_changed(home, mentoring):
    role = RoleDescription.objects.get(locale=home.locale, role="mentor")
    role.title = "Peter"
    publish(snippet=role, note="Another name")
    mentoring.title = "Peterschap"
    mentoring.save_revision().publish()
    page = RolePage.objects.child_of(mentoring).first()
    page.unpublish()
    run(home.pk, "nl")
    assert RoleDescription.objects.get(pk=role.pk).title == "Peter"
    assert MentoringProjectPage.objects.get(pk=mentoring.pk).title == "Peterschap"
    assert not RolePage.objects.get(pk=page.pk).live


def test_a_page_that_is_gone_is_made_again(home, mentoring):
    RolePage.objects.child_of(mentoring).first().delete()
    printed = run(home.pk, "nl")
    assert "1 made" in printed
    assert RolePage.objects.child_of(mentoring).live().count() == 3


def test_a_dry_run_writes_nothing_and_tells_what_it_would_make(second_site):
    before = state()
    printed = run(second_site.pk, "nl", dry_run=True)
    assert state() == before
    assert "would make: page Mentoraat" in printed


def test_each_site_of_an_installation_has_pages_of_its_own(client, second_site, mentoring):
    before = CompetencyFramework.objects.count()
    run(second_site.pk, "nl", "fr")
    page = MentoringProjectPage.objects.child_of(second_site).get()
    assert page.pk != mentoring.pk
    assert [card.title for card in page.role_cards] == [card.title for card in mentoring.role_cards]
    assert CompetencyFramework.objects.count() == before
    french = page.get_translation(Locale.objects.get(language_code="fr"))
    assert french.get_parent().alias_of_id == second_site.pk


def test_a_slug_that_is_taken_gets_a_number(second_site):
    second_site.add_child(
        instance=Page(title="Mentoraat", slug="mentoraat", locale=second_site.locale)
    )
    run(second_site.pk, "nl")
    assert MentoringProjectPage.objects.child_of(second_site).get().slug == "mentoraat-2"


def test_the_call_to_action_leads_to_the_role_page(client, mentoring):
    mentor = RolePage.objects.child_of(mentoring).get(slug="mentor")
    action = next(block for block in mentoring.body if block.block_type == "call_to_action")
    assert action.value["page"].pk == mentor.pk


def test_the_parent_is_found_by_id_path_and_slug(home):
    for name in (home.pk, "/nl/", "intranet"):
        assert "0 made" in run(name, "nl")


@pytest.mark.parametrize(
    ("parent", "languages", "message"),
    [
        ("99999", ["nl"], "There is no page '99999'"),
        ("no-such-slug", ["nl"], "There is no page"),
        ("1", ["nl"], "root of the page tree"),
        ("intranet", ["de"], "no starter content in 'de'"),
    ],
)
def test_a_wrong_argument_is_told_with_its_cure(home, parent, languages, message):
    with pytest.raises(CommandError, match=message):
        run(parent, *languages)


def test_a_slug_of_two_pages_asks_for_an_id(home, second_site):
    for parent in (home, second_site):
        parent.add_child(instance=Page(title="Team", slug="team", locale=home.locale))
    with pytest.raises(CommandError, match="More than one page"):
        run("team", "nl")


def test_an_unknown_user_is_told(home):
    with pytest.raises(CommandError, match="no user 'nobody'"):
        run(home.pk, "nl", user="nobody")


def test_the_named_user_is_the_publisher(second_site, reader, home):
    RolePage.objects.all().delete()
    run(second_site.pk, "nl", user="reader")
    page = MentoringProjectPage.objects.child_of(second_site).get()
    assert page.owner == reader
    assert page.live_revision.user == reader


def test_two_languages_need_a_site_of_several_languages(home, settings):
    settings.WAGTAIL_I18N_ENABLED = False
    with pytest.raises(CommandError, match="This site has one language"):
        run(home.pk, "nl", "fr")


def test_a_language_that_the_site_does_not_have_is_told(home, settings):
    settings.WAGTAIL_CONTENT_LANGUAGES = [("nl", "Nederlands")]
    with pytest.raises(CommandError, match="WAGTAIL_CONTENT_LANGUAGES"):
        run(home.pk, "nl", "fr")
