"""Forms that stood open while others published, and old drafts: parts are known by their keys."""

import pytest
from django.urls import reverse

from mentorship_cms.models import (
    Competency,
    CompetencyArea,
    CompetencyFramework,
    Level,
    RatingScale,
    RoleDescription,
)
from mentorship_cms.services import arranging, drafting
from mentorship_cms.services.publishing import content_of, publish
from tests import factories
from tests.forms import form_data, publish_from_form

pytestmark = pytest.mark.usefixtures("in_english")


def url(item, view, *args):
    """The admin address of a view of the item."""
    name = f"wagtailsnippets_mentorship_cms_{item._meta.model_name}:{view}"
    return reverse(name, args=[item.pk, *args])


@pytest.fixture
def open_form(client, editor):
    """Open a form as editor; returns what it would post."""
    client.force_login(editor)

    def open_form(address):
        response = client.get(address, headers={"accept-language": "en"})
        assert response.status_code == 200
        return form_data(response)

    return open_form


def fresh(item):
    return type(item).objects.get(pk=item.pk)


def draft_of(item):
    """What the latest draft says."""
    return content_of(fresh(item).get_latest_revision_as_object())


def without_first_parts(item):
    """Somebody else publishes ``item`` without the first item of its first section, or level."""
    draft = fresh(item).get_latest_revision_as_object()
    if isinstance(item, RatingScale):
        draft.levels.set(list(draft.levels.all())[1:])
    else:
        (section, items), *others = drafting.sections_of(draft)
        drafting.put_sections(draft, [(section, items[1:]), *others])
    publish(snippet=draft, note="Taken out")


def without_first_section(item):
    """Somebody else publishes ``item`` without its first section and all that stands in it."""
    draft = fresh(item).get_latest_revision_as_object()
    drafting.put_sections(draft, drafting.sections_of(draft)[1:])
    publish(snippet=draft, note="Taken out")


@pytest.fixture(params=["framework", "role", "scale"])
def item(request, home):
    if request.param == "framework":
        return factories.published_framework(locale=home.locale)
    if request.param == "role":
        return factories.published_role(locale=home.locale)
    return factories.published_scale(locale=home.locale, labels=("With help", "Half", "Alone"))


FIRST = {
    CompetencyFramework: "areas-0-competencies-0-criterion",
    RoleDescription: "groups-0-responsibilities-0-explanation",
    RatingScale: "levels-0-description",
}


def assert_says(item, content):
    """Published now is ``content``, as a new version, under the same keys."""
    item = fresh(item)
    assert content_of(item) == content
    if not isinstance(item, RatingScale):
        assert [v.number for v in item.versions.order_by("number")] == [1, 2, 3]
        assert item.versions.first().digest == content.digest()


def test_an_old_draft_comes_back_after_a_removal_was_published(client, open_form, item):
    old, first = content_of(item), item.latest_revision
    without_first_parts(item)
    address = url(item, "revisions_revert", first.pk)
    data = open_form(address)
    assert client.post(address, data).status_code == 302
    assert draft_of(item) == old
    # The draft opens in its own form, and is published from there.
    address = url(item, "edit")
    publish_from_form(client, address, open_form(address))
    assert_says(item, old)


def test_an_old_draft_is_published_at_once_after_a_removal(client, open_form, item):
    old, first = content_of(item), item.latest_revision
    without_first_parts(item)
    address = url(item, "revisions_revert", first.pk)
    publish_from_form(client, address, open_form(address))
    assert_says(item, old)


def test_a_removed_section_comes_back_with_an_old_draft(client, open_form, framework, role):
    for item in (framework, role):
        old, first = content_of(item), item.latest_revision
        without_first_section(item)
        address = url(item, "revisions_revert", first.pk)
        publish_from_form(client, address, open_form(address))
        assert_says(item, old)


def test_an_open_form_is_saved_after_somebody_published_a_removal(client, open_form, item):
    old, address = content_of(item), url(item, "edit")
    data = open_form(address)
    without_first_parts(item)
    data[FIRST[type(item)]] = "Typed in the meantime"
    assert client.post(address, data).status_code == 302
    kept = draft_of(item)
    parts = [[part.key for part, _parent in content.walk()] for content in (old, kept)]
    assert parts[0] == parts[1]
    assert [level.key for level in getattr(kept, "levels", ())] == [
        level.key for level in getattr(old, "levels", ())
    ]
    assert "Typed in the meantime" in str(kept.as_document())
    publish_from_form(client, address, open_form(address))
    assert_says(item, kept)


def test_an_open_form_keeps_a_section_that_was_removed(client, open_form, framework):
    old, address = content_of(framework), url(framework, "edit")
    data = open_form(address)
    without_first_section(framework)
    publish_from_form(client, address, data | {"introduction": "Typed in the meantime"})
    now = content_of(fresh(framework))
    assert now.areas == old.areas, "level descriptors included"
    assert now.introduction == "Typed in the meantime"
    rows = Competency.history.filter(key=old.competencies[0].key).order_by("pk")
    assert [row.history_type for row in rows] == ["+", "-", "+"]


def test_an_open_form_takes_back_what_moved_to_where_it_stood(client, open_form, framework, editor):
    """Moved, and the area it came from removed: it comes back, and stays the same row."""
    old, address = content_of(framework), url(framework, "edit")
    row = Competency.objects.get(area__framework=framework, code="A1")
    data = open_form(address)
    draft = fresh(framework).get_latest_revision_as_object()
    (_first, one), (second, two) = drafting.sections_of(draft)
    drafting.put_sections(draft, [(second, [*two, one[0]])])
    drafting.save_draft(draft=draft, user=editor).publish()
    assert [c.code for c in content_of(fresh(framework)).competencies] == ["B1", "B2", "A1"]
    publish_from_form(client, address, data)
    assert content_of(fresh(framework)) == old
    assert Competency.objects.get(key=row.key).pk == row.pk
    assert [line.history_type for line in Competency.history.filter(key=row.key)] == ["~", "~", "+"]
    assert CompetencyArea.objects.filter(framework=framework).count() == 2


def test_what_moved_in_a_draft_stands_once(client, open_form, framework, editor):
    address = url(framework, "edit")
    data = open_form(address)
    old = content_of(framework)
    arranging.arrange(
        user=editor,
        item=framework,
        seen_revision=fresh(framework).latest_revision_id,
        places={old.competencies[0].key: arranging.Place(old.areas[1].key, 1, "A1")},
    )
    assert client.post(address, data).status_code == 302
    assert draft_of(framework) == old


def test_a_part_that_only_a_draft_has_keeps_its_key(client, open_form, framework, editor):
    """Pasted, or added from the source of a translation: the next save of the form keeps it."""
    framework.refresh_from_db()
    lines = arranging.read_lines("A3 New", with_codes=True)
    arranging.add_lines(
        user=editor,
        item=framework,
        seen_revision=framework.latest_revision_id,
        lines=lines,
        section=content_of(framework).areas[0].key,
        kind="attitude",
    )
    pasted, address = draft_of(framework), url(framework, "edit")
    assert client.post(address, open_form(address)).status_code == 302
    assert draft_of(framework) == pasted
    data = open_form(address)
    assert client.post(address, data | {"areas-0-competencies-2-criterion": "Says so."})
    now = draft_of(framework)
    assert [c.key for c in now.competencies] == [c.key for c in pasted.competencies]
    assert now.competencies[2].criterion == "Says so."
    data = open_form(address)
    assert client.post(address, data | {"areas-0-competencies-2-DELETE": "1"}).status_code == 302
    assert len(draft_of(framework).competencies) == 4


def test_saving_while_typing_keeps_the_key_of_a_new_part(client, open_form, framework):
    address = url(framework, "edit")
    data = open_form(address)
    data |= {
        "areas-0-competencies-TOTAL_FORMS": "3",
        "areas-0-competencies-2-id": "",
        "areas-0-competencies-2-key": "",
        "areas-0-competencies-2-title": "New",
        "areas-0-competencies-2-kind": "attitude",
        "areas-0-competencies-2-ORDER": "3",
        "areas-0-competencies-2-DELETE": "",
    }
    keys = []
    for title in ("New", "Newer"):
        data["areas-0-competencies-2-title"] = title
        answer = client.post(address, data, headers={"accept": "application/json"}).json()
        assert answer["success"], answer
        data |= answer["field_updates"]
        data |= {
            "overwrite_revision_id": str(answer["revision_id"]),
            "loaded_revision_id": str(answer["revision_id"]),
            "loaded_revision_created_at": answer["revision_created_at"],
        }
        (new,) = [c for c in draft_of(framework).competencies if c.title == title]
        keys.append(new.key)
    assert keys[0] == keys[1]


def test_a_row_made_anew_under_the_same_key_stays_when_an_old_draft_returns(framework):
    """Its id differs from that of the draft; for the register nothing is removed or added."""
    old, first = content_of(framework), framework.latest_revision
    without_first_parts(framework)
    again = first.as_object()
    again.areas.all()[0].competencies.all()[0].pk = None
    publish(snippet=again)
    row = Competency.objects.get(key=old.competencies[0].key)
    rows = Competency.history.count()
    first.as_object().save_revision().publish()
    assert Competency.objects.get(key=old.competencies[0].key).pk == row.pk
    assert Competency.history.count() == rows
    assert content_of(fresh(framework)) == old


@pytest.mark.parametrize("value", ["", "nonsense", "from another item", "twice"])
def test_a_key_that_the_form_did_not_have_is_not_taken(client, open_form, framework, home, value):
    other = factories.published_framework(locale=home.locale, title="Other")
    foreign = open_form(url(other, "edit"))["areas-0-competencies-0-key"]
    address = url(framework, "edit")
    data = open_form(address)
    name = "areas-0-competencies-0-key"
    wrong = {"from another item": foreign, "twice": data["areas-1-competencies-0-key"]}
    old = content_of(framework)
    assert client.post(address, data | {name: wrong.get(value, value)}).status_code == 302
    now = draft_of(framework)
    keys = [c.key for c in now.competencies]
    assert len(set(keys)) == len(keys)
    if value != "twice":  # what one form says of two parts: both are kept
        assert now == old
    assert other.content().competencies[0].key not in keys


def test_levels_that_were_removed_come_back_as_the_same(client, open_form, home):
    scale = factories.published_scale(locale=home.locale, labels=("One", "Two", "Three"))
    framework = factories.published_framework(locale=home.locale, rating_scale=scale)
    address = url(scale, "edit")
    data = open_form(address)
    keys = list(Level.objects.filter(scale=scale).order_by("sort_order").values_list("key"))
    without_first_parts(scale)
    publish_from_form(client, address, data)
    rows = Level.objects.filter(scale=scale).order_by("sort_order")
    assert list(rows.values_list("key")) == keys
    # The texts of the framework for each level have found their level again.
    content = fresh(framework).content()
    assert {key for key, _text in content.competencies[0].descriptors} == {
        level.key for level in content.levels
    }
    assert fresh(framework).versions.count() == 3
