"""Who may ask about what, and where no question can be."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from wagtail.models import PageViewRestriction

from mentorship_cms.services.publishing import publish
from tests import factories, lifecycle
from tests.flags.helpers import address_of

pytestmark = pytest.mark.django_db


def status(browser, address):
    got = [browser.get(address).status_code, browser.post(address).status_code]
    assert got[0] == got[1]
    return got[0]


def test_whoever_reads_the_page_may_ask(browser, page, version, part):
    assert status(browser, address_of(version, part)) == 200


def test_nobody_asks_about_what_no_page_shows(browser, version, part):
    assert status(browser, address_of(version, part)) == 404


def test_nobody_asks_where_the_page_is_offline(browser, page, version, part):
    page.unpublish()
    assert status(browser, address_of(version, part)) == 404


def test_nobody_asks_about_a_text_that_was_taken_offline(browser, page, framework, version, part):
    framework.unpublish()
    assert status(browser, address_of(version, part)) == 404


def test_a_privacy_rule_of_the_page_or_above_it_holds_here_too(
    browser, reader, mentoring, page, version, part
):
    group = Group.objects.create(name="Night team")
    rule = PageViewRestriction.objects.create(page=mentoring, restriction_type="groups")
    rule.groups.add(group)
    assert status(browser, address_of(version, part)) == 404
    reader.groups.add(group)
    assert status(browser, address_of(version, part)) == 200


def test_a_page_behind_a_password_opens_with_it(browser, page, version, part):
    rule = PageViewRestriction.objects.create(
        page=page, restriction_type="password", password="sesame"
    )
    assert status(browser, address_of(version, part)) == 404
    unlock = reverse("wagtailcore_authenticate_with_password", args=[rule.pk, page.pk])
    browser.post(unlock, {"password": "sesame", "return_url": page.url})
    assert status(browser, address_of(version, part)) == 200


def test_whoever_takes_part_asks_about_a_framework_without_a_page(
    framework, version, part, coordinator, english
):
    cast = lifecycle.cast(framework, coordinator)
    stranger = lifecycle.cast(
        factories.published_framework(locale=framework.locale, title="Other"),
        coordinator,
        prefix="other-",
    )
    translated = framework.copy_for_translation(english)
    translated.save()
    publish(snippet=translated)
    for person in (cast.mentor, cast.mentee, cast.deputy, cast.manager):
        browser = Client()
        browser.force_login(person)
        assert status(browser, address_of(version, part)) == 200
        assert status(browser, address_of(translated.versions.get(), part)) == 200
    for person in (stranger.mentor, coordinator):
        browser = Client()
        browser.force_login(person)
        assert status(browser, address_of(version, part)) == 404


def test_addresses_of_nothing(browser, page, version, part, role):
    for kind, pk, key in (
        ("framework", version.pk + 1000, part.key),
        ("framework", 10**30, part.key),
        ("role", version.pk + 1000, part.key),
        ("scale", version.pk, part.key),
        ("framework", version.pk, version.content.areas[0].key),
        ("framework", version.pk, role.versions.get().content.responsibilities[0].key),
    ):
        address = reverse("mentorship_cms:unclear", args=[kind, pk, key])
        assert status(browser, address) == 404, (kind, pk, key)
