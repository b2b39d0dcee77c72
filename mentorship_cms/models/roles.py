"""The role description: what somebody in a role answers for, in groups."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.search import index

from ..choices import Role
from ..history import LedgerRecords
from ..structures import GroupContent, ResponsibilityContent, RoleContent
from .editorial import EditorialSnippet, KeyedPart


class RoleDescription(EditorialSnippet):
    """A role in the mentoring project with its responsibilities: the one source of them."""

    role = models.CharField(
        _("role"),
        max_length=30,
        choices=Role.choices,
        help_text=_("Which of the project's roles this describes, in every language."),
    )
    summary = models.TextField(
        _("summary"), blank=True, help_text=_("Two or three sentences, also shown on role cards.")
    )

    search_fields = [*EditorialSnippet.search_fields, index.SearchField("summary")]

    class Meta(EditorialSnippet.Meta):
        verbose_name = _("role description")
        verbose_name_plural = _("role descriptions")

    def content(self) -> RoleContent:
        """Return what this description says now, drafts of its parts included."""
        return RoleContent(
            title=self.title,
            role=self.role,
            summary=self.summary,
            groups=tuple(group.content() for group in self.groups.all()),
        )


class ResponsibilityGroup(KeyedPart, ClusterableModel):
    """Responsibilities that belong together."""

    role_description = ParentalKey(
        RoleDescription,
        related_name="groups",
        on_delete=models.CASCADE,
        verbose_name=_("role description"),
    )
    title = models.CharField(_("title"), max_length=255)
    description = models.TextField(_("description"), blank=True)

    history = LedgerRecords()

    class Meta(KeyedPart.Meta):
        verbose_name = _("responsibility group")
        verbose_name_plural = _("responsibility groups")

    def __str__(self):
        return self.title

    def ledger_root(self):
        """Return the role description this group belongs to."""
        return self.role_description

    def content(self) -> GroupContent:
        """Return what this group says now."""
        return GroupContent(
            key=str(self.key),
            title=self.title,
            description=self.description,
            responsibilities=tuple(item.content() for item in self.responsibilities.all()),
        )


class Responsibility(index.Indexed, KeyedPart):
    """One thing somebody in the role answers for."""

    group = ParentalKey(
        ResponsibilityGroup,
        related_name="responsibilities",
        on_delete=models.CASCADE,
        verbose_name=_("responsibility group"),
    )
    text = models.CharField(
        _("responsibility"),
        max_length=255,
        help_text=_("A short sentence that begins with a verb."),
    )
    explanation = models.TextField(
        _("explanation"), blank=True, help_text=_("What it means on a working day.")
    )

    history = LedgerRecords()

    search_fields = [
        index.SearchField("text", boost=2),
        index.SearchField("explanation"),
        index.AutocompleteField("text"),
    ]

    class Meta(KeyedPart.Meta):
        verbose_name = _("responsibility")
        verbose_name_plural = _("responsibilities")

    def __str__(self):
        return self.text

    def ledger_root(self):
        """Return the role description this responsibility belongs to."""
        return self.group.ledger_root()

    def content(self) -> ResponsibilityContent:
        """Return what this responsibility says now."""
        return ResponsibilityContent(
            key=str(self.key), text=self.text, explanation=self.explanation
        )
