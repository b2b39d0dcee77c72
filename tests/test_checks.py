"""System checks: each tells what is missing and how to mend it."""

import pytest
from django.test import override_settings
from wagtail.admin.viewsets import viewsets
from wagtail.admin.viewsets.chooser import ChooserViewSet

from mentorship_cms import checks, conf
from mentorship_cms.models import Evaluation, Mentorship, Rating, Sheet


def ids(problems):
    """The ids of the problems; each must come with a hint."""
    assert all(problem.hint for problem in problems)
    return [problem.id for problem in problems]


def test_the_demonstration_has_no_problem():
    for check in (
        checks.check_apps,
        checks.check_middleware,
        checks.check_settings,
        checks.check_base_template,
        checks.check_cache,
        checks.check_urls,
        checks.check_records,
        checks.check_interval,
        checks.check_localize,
        checks.check_mail,
        checks.check_form_size,
        checks.check_languages,
    ):
        assert check(None) == []


def test_E001_names_the_missing_app(monkeypatch):
    monkeypatch.setattr(checks.apps, "is_installed", lambda name: name != "simple_history")
    (problem,) = checks.check_apps(None)
    assert (problem.id, "'simple_history'" in problem.hint) == ("mentorship_cms.E001", True)


def test_E002_names_the_missing_middleware():
    with override_settings(MIDDLEWARE=[]):
        (problem,) = checks.check_middleware(None)
    assert problem.id == "mentorship_cms.E002"
    assert checks.HISTORY_MIDDLEWARE in problem.hint


@pytest.mark.parametrize(
    "wrong",
    [
        {"MENTORSHIP_CMS_BODY_CACHE_SECONDS": "3600"},
        {"MENTORSHIP_CMS_BODY_CACHE_SECONDS": True},
        {"MENTORSHIP_CMS_BASE_TEMPLATE": None},
        {"MENTORSHIP_CMS_SEND_MAIL": 1},
        {"MENTORSHIP_CMS_SEND_MAIL": "no"},
        {"MENTORSHIP_CMS_SIGNATURE_DAYS": True},
    ],
)
def test_E003_tells_the_right_type(wrong):
    with override_settings(**wrong):
        assert ids(checks.check_settings(None)) == ["mentorship_cms.E003"]


def test_E004_tells_of_a_misspelt_setting():
    with override_settings(MENTORSHIP_CMS_BASE_TEMPLAT="base.html"):
        (problem,) = checks.check_settings(None)
    assert problem.id == "mentorship_cms.E004"
    assert "MENTORSHIP_CMS_BASE_TEMPLATE" in problem.hint


def test_E005_tells_of_a_missing_base_template():
    with override_settings(MENTORSHIP_CMS_BASE_TEMPLATE="nowhere.html"):
        assert ids(checks.check_base_template(None)) == ["mentorship_cms.E005"]


def test_E006_tells_of_a_missing_cache():
    with override_settings(MENTORSHIP_CMS_CACHE_ALIAS="nowhere"):
        assert ids(checks.check_cache(None)) == ["mentorship_cms.E006"]


def test_E007_tells_that_the_workspace_has_no_address():
    with override_settings(ROOT_URLCONF="wagtail.urls"):
        (problem,) = checks.check_urls(None)
    assert problem.id == "mentorship_cms.E007"
    assert 'include("mentorship_cms.urls")' in problem.hint


@pytest.mark.parametrize("model", [Evaluation, Mentorship, Sheet, Rating])
def test_E008_tells_of_a_record_that_an_api_shows(monkeypatch, model):
    monkeypatch.setattr(model, "api_fields", [], raising=False)
    (problem,) = checks.check_records(None)
    assert problem.id == "mentorship_cms.E008"
    assert model._meta.label in problem.hint


def test_E008_tells_of_a_record_that_is_searched(monkeypatch):
    monkeypatch.setattr("wagtail.search.index.class_is_indexed", lambda model: model is Sheet)
    assert ids(checks.check_records(None)) == ["mentorship_cms.E008"]


@pytest.mark.parametrize("model", [Evaluation, "mentorship_cms.Evaluation"])
def test_E008_tells_of_a_record_that_is_chosen(monkeypatch, model):
    chooser = ChooserViewSet("chooser", model=model)
    monkeypatch.setattr(viewsets, "viewsets", [*viewsets.viewsets, chooser])
    assert ids(checks.check_records(None)) == ["mentorship_cms.E008"]


@pytest.mark.parametrize("months", [0, -12])
def test_E009_tells_that_texts_would_be_due_at_once(months):
    with override_settings(MENTORSHIP_CMS_REVIEW_MONTHS=months):
        (problem,) = checks.check_interval(None)
    assert problem.id == "mentorship_cms.E009"
    assert "MENTORSHIP_CMS_REVIEW_MONTHS" in problem.hint


def test_E010_tells_of_a_wagtail_localize_that_would_write_over_translations(monkeypatch):
    class TranslationSource:
        def create_or_update_translation(self):
            pass

    monkeypatch.setattr(checks.apps, "is_installed", lambda name: True)
    monkeypatch.setattr(checks.apps, "get_model", lambda *names: TranslationSource)
    assert ids(checks.check_localize(None)) == ["mentorship_cms.E010"]
    TranslationSource.create_or_update_translation.spares_editorial_items = True
    assert checks.check_localize(None) == []


def test_W003_tells_that_links_in_mails_lead_nowhere():
    with override_settings(WAGTAILADMIN_BASE_URL=""):
        assert ids(checks.check_mail(None)) == ["mentorship_cms.W003"]
        with override_settings(MENTORSHIP_CMS_BASE_URL="https://intranet.example.org"):
            assert checks.check_mail(None) == []
        with override_settings(MENTORSHIP_CMS_SEND_MAIL=False):
            assert checks.check_mail(None) == []


def test_W004_tells_that_words_would_stay_in_a_shared_browser():
    assert checks.check_sessions(None) == []
    with override_settings(SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies"):
        assert ids(checks.check_sessions(None)) == ["mentorship_cms.W004"]


def test_W001_tells_of_a_site_without_any_of_our_languages():
    with override_settings(WAGTAIL_CONTENT_LANGUAGES=[("de", "Deutsch")]):
        assert ids(checks.check_languages(None)) == ["mentorship_cms.W001"]
    with override_settings(WAGTAIL_CONTENT_LANGUAGES=[("nl-be", "Vlaams")]):
        assert checks.check_languages(None) == []


def test_W002_tells_that_a_large_framework_would_not_fit():
    with override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=1000):
        assert ids(checks.check_form_size(None)) == ["mentorship_cms.W002"]
    for enough in (None, 10_000):
        with override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=enough):
            assert checks.check_form_size(None) == []


def test_a_setting_is_read_when_it_is_asked_for():
    assert conf.get("BASE_TEMPLATE") == "base.html"
    with override_settings(MENTORSHIP_CMS_BASE_TEMPLATE="other.html"):
        assert conf.get("BASE_TEMPLATE") == "other.html"
    with pytest.raises(KeyError):
        conf.get("NO_SUCH_SETTING")
