"""Behaviour of the pages that show one snippet: its published version, and its earlier ones."""

from collections import Counter

from django.db import models
from django.http import Http404
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.models import Site

from .. import conf
from ..choices import CompetencyKind
from ..differences import compare
from ..rendering import cached_body
from .changes import PublishedChange, changes_feed
from .frameworks import CompetencyFramework
from .roles import RoleDescription
from .upkeep import UpkeepLine, upkeep_columns
from .versions import FrameworkVersion, RoleVersion

#: How many versions the foot of a page lists; all are under "versions/".
RECENT_VERSIONS = 5
#: How many versions the feed of a page tells of.
FEED_VERSIONS = 20


def concrete_pages(mixin: type) -> list[type]:
    """Return the page models of this site that are made with ``mixin``."""
    found = []
    for subclass in mixin.__subclasses__():
        if not subclass._meta.abstract:
            found.append(subclass)
        found += concrete_pages(subclass)
    return found


class MentoringPageMixin(models.Model):
    """What every page of the plugin has: an introduction, and the host's base template."""

    introduction = models.TextField(
        _("introduction"),
        blank=True,
        help_text=_("The first lines under the title. A blank line parts paragraphs."),
    )

    show_in_menus_default = True

    class Meta:
        abstract = True

    @property
    def language_code(self) -> str:
        """The language of the tree this page stands in; Wagtail keeps it, so no query asks."""
        for site in Site.get_site_root_paths():
            if self.url_path.startswith(site.root_path):
                return site.language_code
        return get_language()

    def get_context(self, request, *args, **kwargs):
        """Add the host's base template, which the plugin's templates extend."""
        context = super().get_context(request, *args, **kwargs)
        context["mentorship_base_template"] = conf.get("BASE_TEMPLATE")
        context["page_language"] = self.language_code
        url = self.get_url(request)
        context["feed_url"] = f"{url}feed/" if url else ""
        return context


class VersionedPageMixin(RoutablePageMixin, MentoringPageMixin):
    """A page that shows one snippet as it was last published, and its earlier versions.

    ``<page>/versions/`` lists the versions, ``versions/3/`` shows one, ``changes/2-3/`` the
    difference between two, and ``feed/`` tells of the latest in Atom. Nothing is shown of a
    snippet that is not published.
    """

    #: Name of the page's foreign key to the snippet.
    subject_field: str
    version_model: type
    body_template: str
    #: Body shown, instead of the published one, while an editor previews a draft.
    draft_content = None

    class Meta:
        abstract = True

    @property
    def public_versions(self):
        """The versions readers may see, newest first: none while the snippet is offline."""
        field = self.version_model.subject_field
        subject_id = getattr(self, f"{self.subject_field}_id")
        return self.version_model.objects.listed().filter(
            **{field: subject_id, f"{field}__live": True}
        )

    @path("")
    def index_route(self, request):
        """Show the snippet as it was last published, or an editor's draft in a preview."""
        recent = [] if self.draft_content else self._recent_versions()
        return self._show(request, version=recent[0] if recent else None, recent=recent)

    @path("versions/")
    def versions(self, request):
        """List every version with date, person and note."""
        versions = list(self.public_versions)
        if not versions:
            raise Http404
        return self._render(request, "versions", versions=versions, current_version=versions[0])

    @path("versions/<int:number>/")
    def version(self, request, number):
        """Show an earlier version as it was."""
        return self._show(
            request, version=self._get_version(number), recent=self._recent_versions()
        )

    @path("changes/<int:old>-<int:new>/")
    @path("changes/")
    def changes(self, request, old=0, new=0):
        """Show what differs between two versions, the older one first.

        Without two of them lead to the versions, where one chooses.
        """
        if old == new:
            return redirect(f"{self.get_url(request)}versions/")
        if old > new:
            return redirect(f"{self.get_url(request)}changes/{new}-{old}/")
        old, new = self._get_version(old), self._get_version(new)
        return self._render(
            request,
            "difference",
            old=old,
            new=new,
            versions=list(self.public_versions),
            difference=compare(old.content, new.content),
        )

    @path("feed/")
    def feed(self, request):
        """Tell of the latest versions in a feed to follow; it is empty while there are none."""
        versions = self.public_versions[:FEED_VERSIONS]
        changes = [PublishedChange(self, version) for version in versions]
        return changes_feed(self, request, changes)

    def _recent_versions(self) -> list:
        """The latest versions, newest first, with what readers are told of the upkeep."""
        subject = self._meta.get_field(self.subject_field)
        columns = upkeep_columns(subject.related_model, getattr(self, subject.attname), self)
        return list(self.public_versions.annotate(**columns)[:RECENT_VERSIONS])

    def _get_version(self, number):
        version = self.public_versions.filter(number=number).first()
        if version is None:
            raise Http404
        return version

    def _render(self, request, name, **context):
        return self.render(
            request, template=f"mentorship_cms/pages/{name}.html", context_overrides=context
        )

    def _show(self, request, *, version, recent):
        options = self.body_options(request)
        is_current = bool(recent) and version == recent[0]
        told = is_current and not getattr(request, "is_preview", False)
        return self._render(
            request,
            self.page_template,
            version=version,
            upkeep=UpkeepLine.from_columns(vars(recent[0])) if told else None,
            current_version=recent[0] if recent else None,
            is_draft=self.draft_content is not None,
            previewed_version=self._previewed_version(),
            options=options,
            body=self._body(request, version, recent, options),
        )

    def _previewed_version(self):
        """The latest version that says what an editor previews; None for what no reader saw."""
        if self.draft_content is None:
            return None
        versions = self.public_versions
        same = versions.filter(digest=self.draft_content.digest()).first()
        if same is not None:
            same.is_newest = not versions.filter(number__gt=same.number).exists()
        return same

    def body_options(self, request) -> dict[str, str]:
        """Return what the reader chose on this page; it becomes part of the body's cache key."""
        return {}

    def body_context(self, content, options) -> dict:
        """Return further values for the body's template."""
        return {}

    def _body(self, request, version, recent, options) -> str:
        """Render the body of ``version`` or of the draft; the body of a version is kept.

        ``recent`` holds the latest versions, newest first. Empty when there is nothing to show.
        """
        if version is None and self.draft_content is None:
            return ""
        is_current = bool(recent) and version == recent[0]
        url = self.get_url(request) or ""
        contents = SimpleLazyObject(lambda: self._contents_up_to(version))
        content = SimpleLazyObject(lambda: self.draft_content or contents[version.number])

        def last_difference():
            previous = version and contents.get(version.number - 1)
            return compare(previous, contents[version.number]) if previous else None

        return cached_body(
            self.body_template,
            {
                "page": self,
                "page_url": url,
                "version": version,
                "is_current": is_current,
                "content": content,
                "recent_versions": recent if is_current else [],
                "last_difference": SimpleLazyObject(last_difference),
                "options": options,
                **self.body_context(content, options),
            },
            key=[url, version and version.pk, is_current, sorted(options.items())],
            request=request,
            use_cache=version is not None,
        )

    def _contents_up_to(self, version) -> dict:
        """Return the content of ``version`` and of the one before, by number, in one query."""
        rows = self.public_versions.filter(number__in=[version.number - 1, version.number])
        return {
            number: self.version_model.content_class.from_document(document)
            for number, document in rows.values_list("number", "document")
        }

    def indexed_text(self) -> str:
        """Return the words of the published version, for the intranet's own search."""
        version = self.public_versions.first()
        if version is None:
            return ""
        texts = [*version.content.texts().values()]
        for part, _parent in version.content.walk():
            texts += part.texts().values()
        return "\n".join(filter(None, texts))


class RolePageMixin(VersionedPageMixin):
    """Shows a role description."""

    subject_field = "role_description"
    version_model = RoleVersion
    page_template = "role_page"
    body_template = "mentorship_cms/components/role_body.html"

    role_description = models.ForeignKey(
        RoleDescription,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("role description"),
    )

    class Meta:
        abstract = True


class FrameworkPageMixin(VersionedPageMixin):
    """Shows a competency framework; ``?kind=`` shows the competencies of one kind."""

    subject_field = "framework"
    version_model = FrameworkVersion
    page_template = "framework_page"
    body_template = "mentorship_cms/components/framework_body.html"

    framework = models.ForeignKey(
        CompetencyFramework,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("competency framework"),
    )

    class Meta:
        abstract = True

    def body_options(self, request):
        """The kind of competency that the reader wants to see; an unknown kind shows all."""
        kind = request.GET.get("kind", "")
        return {"kind": kind if kind in CompetencyKind.values else ""}

    def body_context(self, content, options):
        """The kinds with their counts, and the areas with the competencies of the chosen kind."""
        chosen = options["kind"]

        def kinds():
            counts = Counter(competency.kind for competency in content.competencies)
            return [(kind, kind.label, counts[kind]) for kind in CompetencyKind if counts[kind]]

        def areas():
            shown = [
                (area, [item for item in area.competencies if chosen in ("", item.kind)])
                for area in content.areas
            ]
            return [(area, items) for area, items in shown if items or not chosen]

        return {"kinds": SimpleLazyObject(kinds), "areas": SimpleLazyObject(areas)}
