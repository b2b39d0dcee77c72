"""Sets a mentoring project up in a site: groups, starter content and pages.

Everything is found by its key, made when it is missing and left alone when it is there, so
running it again never changes what an editor wrote.
"""

from django.conf import settings
from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from wagtail.models import GroupPagePermission, Locale

from .. import starter
from ..models import (
    Competency,
    CompetencyArea,
    CompetencyFramework,
    FrameworkPageMixin,
    Level,
    Mentorship,
    ProjectPageMixin,
    RatingScale,
    Responsibility,
    ResponsibilityGroup,
    RoleDescription,
    RolePageMixin,
    concrete_pages,
)
from ..models.kinds import RECORDS, TEXTS
from .publishing import publish

EDITORS = "Mentoring editors"
COORDINATORS = "Mentoring coordinators"
EDITORIAL_MODELS = (CompetencyFramework, RatingScale, RoleDescription)
EDITING = ("add", "change", "delete", "publish", "lock", "unlock")


class SetupError(Exception):
    """Raised when the site cannot be set up as asked; the message says what to do."""


class Setup:
    """One run of the setup beneath ``parent``, a page of the site, in ``languages``.

    ``run()`` returns the list of (verb, thing) that tells what it made or kept. With ``dry_run``
    it writes nothing and tells what it would make. Raises ``SetupError``.
    """

    def __init__(self, *, parent, languages, user=None, dry_run=False):
        self.parent = parent
        self.languages = list(dict.fromkeys(languages))
        self.user = user
        self.dry_run = dry_run
        self.report: list[tuple[str, str]] = []

    @transaction.atomic
    def run(self) -> list[tuple[str, str]]:
        """Make what is missing, in one transaction."""
        self._check()
        reading = {model.history.model: ("view",) for model in TEXTS}
        editors = self._group(EDITORS, dict.fromkeys(EDITORIAL_MODELS, EDITING) | reading)
        reading_records = {model.history.model: ("view",) for model in RECORDS}
        coordinating = {Mentorship: ("coordinate",)} | reading_records
        self._group(COORDINATORS, reading | coordinating)
        for language in self.languages:
            locale = self._locale(language)
            parent = self._parent_in(locale, language)
            with translation.override(locale.language_code if locale else language):
                self._language(language, locale, parent, editors)
        return self.report

    def _check(self):
        i18n = getattr(settings, "WAGTAIL_I18N_ENABLED", False)
        for language in self.languages:
            if language not in starter.LANGUAGES:
                raise SetupError(
                    f"There is no starter content in '{language}', only in: "
                    f"{', '.join(starter.LANGUAGES)}."
                )
            if i18n and self._content_language(language) is None:
                raise SetupError(
                    f"'{language}' is not a language of this site. Add it to "
                    "WAGTAIL_CONTENT_LANGUAGES, or leave it out."
                )
        if not i18n and len(self.languages) > 1:
            raise SetupError(
                "This site has one language. Name one language, or set WAGTAIL_I18N_ENABLED."
            )
        for mixin in (ProjectPageMixin, RolePageMixin, FrameworkPageMixin):
            if not concrete_pages(mixin):
                raise SetupError(
                    f"This site has no page type made with {mixin.__name__}. Define one, as "
                    "WAGTAIL_PAGE_MODEL is set."
                )

    def _ensure(self, thing, existing, make):
        """Return ``existing``; when there is none make it, or say so in a dry run."""
        if existing is not None:
            self.report.append(("kept", thing))
            return existing
        self.report.append(("would make" if self.dry_run else "made", thing))
        return None if self.dry_run else make()

    # Groups and languages

    def _group(self, name, rights):
        """The group with the right to enter the admin and ``rights``: actions by model."""

        def make():
            group = Group.objects.create(name=name)
            permissions = [
                Permission.objects.get(
                    content_type__app_label="wagtailadmin", codename="access_admin"
                )
            ]
            for model, actions in rights.items():
                permissions += Permission.objects.filter(
                    content_type=ContentType.objects.get_for_model(model),
                    codename__in=[
                        get_permission_codename(action, model._meta) for action in actions
                    ],
                )
            group.permissions.set(permissions)
            return group

        return self._ensure(f"group {name}", Group.objects.filter(name=name).first(), make)

    @staticmethod
    def _content_language(language):
        """The site's own code for ``language``: itself, or a regional form such as nl-be."""
        codes = [code for code, _name in settings.WAGTAIL_CONTENT_LANGUAGES]
        if language in codes:
            return language
        return next((code for code in codes if code.split("-")[0] == language), None)

    def _locale(self, language):
        if not getattr(settings, "WAGTAIL_I18N_ENABLED", False):
            return self.parent.locale
        code = self._content_language(language)
        return self._ensure(
            f"language {code}",
            Locale.objects.filter(language_code=code).first(),
            lambda: Locale.objects.create(language_code=code),
        )

    def _parent_in(self, locale, language):
        if locale is not None and self.parent.locale_id == locale.pk:
            return self.parent
        existing = locale and self.parent.get_translation_or_none(locale)
        return self._ensure(
            f"page {self.parent.title} ({language}), as an alias",
            existing,
            lambda: self.parent.copy_for_translation(locale, copy_parents=True, alias=True),
        )

    # Content

    def _language(self, language, locale, parent, editors):
        project, roles, framework = (
            starter.load(language, name) for name in ("project", "roles", "framework")
        )
        scale = self._snippet(
            RatingScale, framework["scale"], locale, lambda data: self._scale(data)
        )
        framework_snippet = self._snippet(
            CompetencyFramework,
            framework["framework"],
            locale,
            lambda data: self._framework(data, scale),
        )
        role_snippets = [
            (data, self._snippet(RoleDescription, data, locale, lambda data: self._role(data)))
            for data in roles["roles"]
        ]
        page = self._page(ProjectPageMixin, "project", project["page"], locale, parent)
        targets = {}
        for data, snippet in role_snippets:
            targets[data["key"]] = self._page(
                RolePageMixin, data["key"], data["page"], locale, page, role_description=snippet
            )
        key = framework["framework"]["key"]
        targets[key] = self._page(
            FrameworkPageMixin, key, framework["page"], locale, page, framework=framework_snippet
        )
        if page is not None and page.is_new:
            page.body = [
                {"type": block["type"], "value": self._block_value(block, targets)}
                for block in project["body"]
            ]
            # Blocks that were read are saved with an id for each item of their lists, as the form
            # saves them: wagtail-localize translates no items without.
            list(page.body)
            self._publish_page(page)
            self._permit(editors, page)

    def _snippet(self, model, data, locale, build):
        key = starter.key_of(data["key"])

        def make():
            snippet = build(data)
            snippet.translation_key = key
            snippet.locale = locale
            publish(snippet=snippet, user=self.user, note=_("Starter content"))
            return snippet

        return self._ensure(
            f"{model._meta.verbose_name} {data['title']}",
            locale and model.objects.filter(translation_key=key, locale=locale).first(),
            make,
        )

    @staticmethod
    def _scale(data):
        scale = RatingScale(title=data["title"], description=data["description"])
        scale.levels = [
            Level(
                key=starter.key_of(level["key"]),
                label=level["label"],
                description=level["description"],
                sort_order=order,
            )
            for order, level in enumerate(data["levels"])
        ]
        return scale

    @staticmethod
    def _framework(data, scale):
        framework = CompetencyFramework(
            title=data["title"],
            occupation=data["occupation"],
            introduction=data["introduction"],
            rating_scale=scale,
        )
        areas = []
        for order, area_data in enumerate(data["areas"]):
            area = CompetencyArea(
                key=starter.key_of(area_data["key"]),
                code=area_data["code"],
                title=area_data["title"],
                description=area_data["description"],
                sort_order=order,
            )
            area.competencies = [
                Competency(
                    key=starter.key_of(item["key"]),
                    code=item["code"],
                    title=item["title"],
                    kind=item["kind"],
                    criterion=item["criterion"],
                    descriptors={
                        str(starter.key_of(level)): text
                        for level, text in item["descriptors"].items()
                    },
                    sort_order=place,
                )
                for place, item in enumerate(area_data["competencies"])
            ]
            areas.append(area)
        framework.areas = areas
        return framework

    @staticmethod
    def _role(data):
        role = RoleDescription(title=data["title"], role=data["role"], summary=data["summary"])
        groups = []
        for order, group_data in enumerate(data["groups"]):
            group = ResponsibilityGroup(
                key=starter.key_of(group_data["key"]),
                title=group_data["title"],
                description=group_data["description"],
                sort_order=order,
            )
            group.responsibilities = [
                Responsibility(
                    key=starter.key_of(item["key"]),
                    text=item["text"],
                    explanation=item["explanation"],
                    sort_order=place,
                )
                for place, item in enumerate(group_data["responsibilities"])
            ]
            groups.append(group)
        role.groups = groups
        return role

    # Pages

    def _page(self, mixin, name, data, locale, parent, **fields):
        # The key holds the parent's, so that each site of an installation has pages of its own
        # and the languages of one site belong together.
        key = starter.key_of(f"page:{self.parent.translation_key}:{name}")
        model = concrete_pages(mixin)[0]

        def make():
            page = model(
                title=data["title"],
                slug=_free_slug(parent, data["slug"]),
                introduction=data["introduction"],
                search_description=data["search_description"],
                show_in_menus=True,
                locale=locale,
                translation_key=key,
                owner=self.user,
                live=False,
                **fields,
            )
            parent.add_child(instance=page)
            page.is_new = True
            if mixin is not ProjectPageMixin:
                self._publish_page(page)
            return page

        existing = locale and model.objects.filter(translation_key=key, locale=locale).first()
        if existing is not None:
            existing.is_new = False
        return self._ensure(f"page {data['title']}", existing, make)

    def _publish_page(self, page):
        page.save_revision(user=self.user, log_action=True).publish(
            user=self.user, skip_permission_checks=True
        )

    @staticmethod
    def _permit(editors, page):
        content_type = ContentType.objects.get_for_model(page._meta.get_parent_list()[0])
        page_model = content_type.model_class()
        for permission in Permission.objects.filter(
            content_type=content_type,
            codename__in=[
                get_permission_codename(action, page_model._meta)
                for action in ("add", "change", "publish")
            ],
        ):
            GroupPagePermission.objects.get_or_create(
                group=editors, page_id=page.pk, permission=permission
            )

    @classmethod
    def _block_value(cls, block, targets):
        """Turn the plain value of a starter file into the value of the block."""
        value = dict(block["value"])
        if block["type"] == "rich_text":
            value["text"] = value.pop("html")
        elif block["type"] == "questions":
            value["items"] = [
                {"question": item["question"], "answer": item["html"]} for item in value["items"]
            ]
        elif block["type"] == "call_to_action":
            value["page"] = targets[value.pop("target")].pk
            value["url"] = ""
        return value


def _free_slug(parent, slug):
    """Return ``slug``, or the first of ``slug-2``, ``slug-3``… that no child of parent has."""
    taken = set(parent.get_children().values_list("slug", flat=True))
    candidate, number = slug, 1
    while candidate in taken:
        number += 1
        candidate = f"{slug}-{number}"
    return candidate
