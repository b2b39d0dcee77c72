"""Reading an evaluation: both views, the words they were given on, history, queries."""

import re
from html import unescape

from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import Locale

from mentorship_cms.choices import Answer
from mentorship_cms.models import Evaluation, Opening, Rating
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations as acts
from mentorship_cms.services.publishing import publish
from mentorship_cms.services.sheets import Entry, save_entries
from tests import factories, lifecycle
from tests.evaluation_pages.helpers import address, republish, signed_long_ago, text_of

# -- Reading


def test_both_views_stand_side_by_side_in_words(cast, visit):
    evaluation = lifecycle.started(cast)
    first, second, third, fourth = evaluation.framework_version.content.competencies
    levels = evaluation.framework_version.content.levels
    save_entries(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        language="nl",
        entries=[
            Entry(first.key, Answer.LEVEL, levels[1].key, "mentor on one"),
            Entry(second.key, Answer.NOT_OBSERVED),
            Entry(third.key, Answer.LEVEL, levels[0].key),
            Entry("", None, remark="mentor in general"),
        ],
    )
    save_entries(
        user=cast.mentee,
        evaluation_id=evaluation.public_id,
        language="nl",
        entries=[
            Entry(first.key, Answer.LEVEL, levels[0].key),
            Entry(second.key, Answer.LEVEL, levels[0].key),
            Entry(third.key, Answer.LEVEL, levels[0].key),
            Entry(fourth.key, Answer.NOT_APPLICABLE),
        ],
    )
    acts.change_details(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        revision=0,
        talk_on=evaluation.talk_on,
        observed_on=today(),
        situation="",
    )
    for user in (cast.mentor, cast.mentee):
        acts.share_sheet(user=user, evaluation_id=evaluation.public_id, incomplete=True)
    response = visit(cast.manager, evaluation)
    page = response.content.decode()
    views = [text_of_part(part) for part in page.split('class="mentorship-view"')[1:]]
    assert "One level apart Mentor 2 Alone mentor on one Mentee 1 With help" in views[0]
    assert "A level from one side only Mentor Not observed Mentee 1 With help" in views[1]
    assert "apart" not in views[2] and "one side" not in views[2]
    assert "Mentor No rating Mentee Not applicable" in views[3]
    assert "mentor in general" in page
    assert "Shows A1 in a real situation." in views[0] and "A1: with help" in views[0]
    filtered = text_of(visit(cast.manager, evaluation, query="?differ=1"))
    assert "Competency B1" not in filtered
    assert all(f"Competency {code}" in filtered for code in ("A1", "A2", "B2"))
    assert 'lang="nl">' in page, "what the mentor wrote is in another language than the page"
    assert "average" not in page.lower()


def text_of_part(html):
    """The text of a part of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_words_stay_as_published_and_say_what_changed_since(cast, framework, visit):
    evaluation = lifecycle.closed(cast)
    before = text_of(visit(cast.mentee, evaluation))
    assert "Changed since" not in before and "Unchanged since it was signed." in before
    republish(framework, criterion="Shows A1 every day.", label="With some help")
    page = visit(cast.mentee, evaluation).content.decode()
    views = [text_of_part(part) for part in page.split('class="mentorship-view"')[1:]]
    assert "1 With help" in views[0] and "Shows A1 in a real situation." in views[0]
    assert "Version 3 words it otherwise" in views[0] and "every day." in views[0]
    assert "Version 3 words this level otherwise" in views[0] and "added: some" in views[0]
    assert "words it otherwise" not in views[1]
    assert "Unchanged since it was signed." in text_of_part(page)
    republish(framework, remove=True)
    views = visit(cast.mentee, evaluation).content.decode().split('class="mentorship-view"')[1:]
    assert "Version 4 no longer has this competency" in text_of_part(views[0])
    assert "Shows A1 in a real situation." in text_of_part(views[0])


def test_each_sheet_keeps_the_words_of_its_own_language(cast, framework, visit):
    french = framework.copy_for_translation(Locale.objects.get(language_code="fr"))
    area = french.areas.all()[0]
    first = area.competencies.all()[0]
    first.title, first.criterion = "Compétence une", "En situation."
    area.competencies.add(first)
    french.areas.add(area)
    publish(snippet=french)
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.mentor, language="nl")
    lifecycle.write(evaluation, cast.mentee, language="fr", remark="en français")
    acts.change_details(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        revision=0,
        talk_on=evaluation.talk_on,
        observed_on=today(),
        situation="",
    )
    for user in (cast.mentor, cast.mentee):
        acts.share_sheet(user=user, evaluation_id=evaluation.public_id)
    page = visit(cast.manager, evaluation).content.decode()
    view = page.split('class="mentorship-view"')[1]
    assert "version 1 (NL)" in view and "version 1 (FR)" in view
    assert "Compétence une" in view and "Shows A1 in a real situation." in view
    assert "rated on version 1" not in page
    assert re.search(r'class="mentorship-remark" lang="fr"><p>en français', view)
    # Each language has versions of its own, so what is said of them names the language.
    for item in (framework, french):
        item = item.get_latest_revision_as_object()
        item.introduction = "Otherwise."
        publish(snippet=item)
    page = text_of(visit(cast.manager, evaluation))
    assert page.count("This was rated on version 1") == 2
    assert "Dutch This was rated" in page and "French This was rated" in page


def test_what_was_changed_behind_the_signature_is_said_loudly(cast, visit):
    evaluation = lifecycle.closed(cast)
    Rating.objects.filter(remark="by mentor").update(remark="by somebody")
    page = visit(cast.mentee, evaluation)
    assert "What stands here is not what was signed" in text_of(page)
    assert "Unchanged since it was signed." not in text_of(page)


def test_a_sheet_that_was_taken_back_is_named_with_the_reason_only(cast, visit):
    evaluation = lifecycle.shared(cast)
    acts.take_back_sheet(
        user=cast.mentee, evaluation_id=evaluation.public_id, reason="Forgot the lift"
    )
    page = text_of(visit(cast.mentor, evaluation))
    assert "Taken back on" in page and "Forgot the lift" in page
    assert "by mentee" not in page and "by mentor" in page
    own = text_of(visit(cast.mentee, evaluation))
    assert "You took your sheet back" in own and "Go on with my sheet" in own


def test_who_opened_it_is_noted_for_the_mentee(cast, visit):
    evaluation = lifecycle.started(cast)
    visit(cast.mentor, evaluation)
    visit(cast.coordinator, evaluation)
    assert not Opening.objects.exists(), "nothing was to be read"
    lifecycle.shared(cast, evaluation)
    visit(cast.mentee, evaluation)
    visit(cast.coordinator, evaluation)
    assert not Opening.objects.exists()
    assert "Nobody but you has opened this yet." in text_of(visit(cast.mentee, evaluation))
    for _again in range(2):
        visit(cast.manager, evaluation)
    visit(cast.mentor, evaluation, "evaluation_history")
    assert Opening.objects.count() == 2
    page = text_of(visit(cast.mentee, evaluation))
    assert "Manager Person, line manager" in page and "Mentor Person, mentor" in page
    assert "Who opened this" not in text_of(visit(cast.manager, evaluation))


def test_the_steps_and_the_next_thing_to_do(cast, visit):
    evaluation = lifecycle.shared(cast)

    def told(user):
        page = visit(user, evaluation).content.decode()
        current = re.search(r'aria-current="step">(.*?)</li>', page, flags=re.S)
        return text_of_part(page), text_of_part(current[1]) if current else ""

    assert "Write down the talk" in told(cast.mentor)[0]
    assert told(cast.mentor)[1].startswith("The talk")
    assert "The mentor signs next" in told(cast.manager)[0]
    lifecycle.talked(cast, evaluation)
    assert "Read again and sign" in told(cast.mentor)[0]
    assert "The mentor signs next" in told(cast.mentee)[0]
    lifecycle.sign(evaluation, cast.mentor)
    assert "Line manager and mentee have yet to sign." in told(cast.mentor)[0]
    assert "From " in told(cast.mentor)[0]
    assert "Read and sign" in told(cast.mentee)[0] and "Read and sign" in told(cast.manager)[0]
    lifecycle.sign(evaluation, cast.mentee)
    assert "The line manager has yet to sign." in told(cast.mentee)[0]
    signed_long_ago(evaluation)
    assert "Record a missing signature" in told(cast.mentor)[0]
    lifecycle.sign(evaluation, cast.manager)
    assert "What comes next" not in told(cast.mentor)[0] and told(cast.mentor)[1] == ""


# -- History


def test_the_history_has_one_line_for_each_act(cast, visit):
    evaluation = lifecycle.started(cast)
    lifecycle.shared(cast, evaluation)
    acts.take_back_sheet(user=cast.mentor, evaluation_id=evaluation.public_id, reason="Mistyped A1")
    content = evaluation.framework_version.content
    save_entries(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        language="nl",
        entries=[
            Entry(content.competencies[0].key, "level", content.levels[1].key, "by mentor", 1),
            Entry(content.competencies[1].key, "not_observed", "", "another", 1),
        ],
    )
    hidden = text_of(visit(cast.mentee, evaluation, "evaluation_history"))
    assert "became" not in hidden
    acts.share_sheet(user=cast.mentor, evaluation_id=evaluation.public_id)
    lifecycle.talked(cast, Evaluation.objects.get(pk=evaluation.pk))
    lifecycle.sign(evaluation, cast.mentor)
    page = visit(cast.manager, evaluation, "evaluation_history")
    lines = [
        text_of_part(part)
        for part in page.content.decode().split('class="mentorship-tasks__item"')[1:]
    ]
    names = [line.removeprefix("> ").split(" Mentor")[0].split(" Mentee")[0] for line in lines]
    assert names == [
        "Signed",
        "Sheet shared",
        "Sheet taken back",
        "Sheet shared",
        "Sheet shared",
        "Dates or situation changed",
        "Evaluation started",
    ]
    assert "A1 Competency A1: 1 With help → became 2 Alone" in lines[1]
    assert "A2 Competency A2: 1 With help → became not observed another remark" in lines[1]
    assert "B1" not in lines[1]
    assert "Mistyped A1" in lines[2]
    frame = visit(cast.coordinator, evaluation, "evaluation_history").content.decode()
    assert "Sheet taken back" in frame and "Mentor Person, mentor" in frame
    assert (
        "Mistyped" not in frame
        and "With help" not in frame
        and "A1" not in text_of_part(frame.split('class="mentorship-workspace"')[1])
    )


def test_a_reason_given_before_sharing_is_for_the_side_that_gave_it(cast, visit):
    evaluation = lifecycle.started(cast)
    lifecycle.write(evaluation, cast.mentee)
    acts.share_sheet(user=cast.mentee, evaluation_id=evaluation.public_id)
    acts.take_back_sheet(user=cast.mentee, evaluation_id=evaluation.public_id, reason="Too honest")
    assert "Too honest" in text_of(visit(cast.mentee, evaluation, "evaluation_history"))
    for user in (cast.mentor, cast.coordinator):
        page = text_of(visit(user, evaluation, "evaluation_history"))
        assert "Sheet taken back" in page and "Too honest" not in page
    visit(cast.manager, evaluation, "evaluation_history", status=404)


# -- Queries


def test_the_queries_do_not_grow_with_the_framework(home, coordinator, client):
    counts = {}
    for size in (1, 9):
        framework = factories.published_framework(
            locale=home.locale, areas=5, competencies=size, title=f"Framework {size}"
        )
        people = lifecycle.cast(framework, coordinator, prefix=f"size{size}-")
        evaluation = lifecycle.closed(people)
        republish(framework, criterion="Other words.")
        for role in ("mentor", "mentee", "manager"):
            client.force_login(getattr(people, role))
            for name in ("evaluation", "evaluation_history"):
                client.get(address(evaluation, name))
                with CaptureQueriesContext(
                    connection,
                ) as captured:
                    assert client.get(address(evaluation, name)).status_code == 200
                counts[size, role, name] = plugin_queries(captured)
    for role in ("mentor", "mentee", "manager"):
        for name in ("evaluation", "evaluation_history"):
            assert counts[1, role, name] == counts[9, role, name]
        assert counts[9, role, "evaluation"] <= 14, counts


def plugin_queries(captured):
    """How many queries are the page's own, not those of the session, the user and the host."""
    return sum("mentorship_cms" in query["sql"] for query in captured)
