from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, MultiFieldPanel
from wagtail.contrib.routable_page.models import RoutablePageMixin, path
from wagtail.models import Page


def in_active_language(instance, field):
    """The field's text in the visitor's language, or in Dutch where it is missing."""
    text = getattr(instance, f"{field}_{(get_language() or 'nl')[:2]}", "")
    return text or getattr(instance, f"{field}_nl")


class Team(models.Model):
    slug = models.SlugField(_("slug"), unique=True)
    name_nl = models.CharField(_("name in Dutch"), max_length=80)
    name_fr = models.CharField(_("name in French"), max_length=80)
    name_en = models.CharField(_("name in English"), max_length=80)
    sort_order = models.PositiveSmallIntegerField(_("order"), default=0)

    panels = [
        FieldPanel("slug"),
        FieldPanel("name_nl"),
        FieldPanel("name_fr"),
        FieldPanel("name_en"),
        FieldPanel("sort_order"),
    ]

    class Meta:
        ordering = ["sort_order", "slug"]
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self):
        return self.name

    @property
    def name(self):
        return in_active_language(self, "name")


class PersonQuerySet(models.QuerySet):
    def matching(self, words):
        """People whose name, function or team holds every one of the words."""
        people = self.annotate(full=Concat("first_name", Value(" "), "last_name"))
        for word in words.split():
            condition = Q(full__icontains=word)
            for code in ("nl", "fr", "en"):
                condition |= Q(**{f"function_{code}__icontains": word})
                condition |= Q(**{f"team__name_{code}__icontains": word})
            people = people.filter(condition)
        return people

    def newest(self, number):
        return self.select_related("team").order_by("-since", "last_name")[:number]


class Person(models.Model):
    LANGUAGES = [("nl", "Nederlands"), ("fr", "Français"), ("en", "English")]
    TONES = 6

    slug = models.SlugField(_("slug"), unique=True)
    first_name = models.CharField(_("first name"), max_length=60)
    last_name = models.CharField(_("last name"), max_length=60)
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, related_name="people", verbose_name=_("team")
    )
    function_nl = models.CharField(_("function in Dutch"), max_length=80)
    function_fr = models.CharField(_("function in French"), max_length=80)
    function_en = models.CharField(_("function in English"), max_length=80)
    email = models.EmailField(_("e-mail"), blank=True)
    extension = models.CharField(_("extension"), max_length=10, blank=True)
    days = models.CharField(
        _("working days"),
        max_length=7,
        default="1111100",
        help_text=_("Seven digits from Monday to Sunday: 1 for a working day, 0 for a day off."),
    )
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="nl")
    also_speaks = models.CharField(_("also speaks"), max_length=20, blank=True)
    since = models.DateField(_("with us since"))
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="person",
        verbose_name=_("user"),
    )

    objects = PersonQuerySet.as_manager()

    panels = [
        FieldRowPanel([FieldPanel("first_name"), FieldPanel("last_name")]),
        FieldPanel("slug"),
        FieldPanel("team"),
        MultiFieldPanel(
            [FieldPanel("function_nl"), FieldPanel("function_fr"), FieldPanel("function_en")],
            _("Function"),
        ),
        MultiFieldPanel(
            [FieldPanel("email"), FieldPanel("extension"), FieldPanel("days")], _("Contact")
        ),
        FieldRowPanel([FieldPanel("language"), FieldPanel("also_speaks")]),
        FieldPanel("since"),
        FieldPanel("user"),
    ]

    class Meta:
        ordering = ["last_name", "first_name"]
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self):
        return self.full_name

    @property
    def full_name(self):
        return f"{self.first_name} {self.last_name}"

    @property
    def function(self):
        return in_active_language(self, "function")

    @property
    def initials(self):
        return self.first_name[:1] + self.last_name[:1]

    @property
    def tone(self):
        """Which of the avatar's colours is this person's, always the same one."""
        return sum(place * ord(letter) for place, letter in enumerate(self.slug)) % self.TONES + 1

    @property
    def languages(self):
        names = dict(settings.LANGUAGES)
        return [names[code] for code in [self.language, *self.also_speaks.split()]]

    @property
    def week(self):
        """The week as pairs of a weekday number from 0 and whether the person works then."""
        return [(number, digit == "1") for number, digit in enumerate(self.days)]


class PeoplePage(RoutablePageMixin, Page):
    """The directory: everybody on one page, and a page for each person beneath it."""

    introduction = models.TextField(_("introduction"), blank=True)

    content_panels = Page.content_panels + [FieldPanel("introduction")]
    parent_page_types = ["intranet.HomePage"]
    subpage_types = []
    template = "intranet/people.html"

    class Meta:
        verbose_name = _("people directory")
        verbose_name_plural = _("people directories")

    @path("")
    def directory(self, request):
        words = request.GET.get("name", "").strip()[:100]
        teams = list(Team.objects.all())
        team = next((team for team in teams if team.slug == request.GET.get("team")), None)
        people = Person.objects.select_related("team").matching(words)
        if team:
            people = people.filter(team=team)
        return self.render(
            request,
            context_overrides={
                "people": people,
                "words": words,
                "teams": teams,
                "chosen_team": team,
            },
        )

    @path("<slug:slug>/")
    def person(self, request, slug):
        person = get_object_or_404(Person.objects.select_related("team"), slug=slug)
        colleagues = Person.objects.filter(team=person.team).exclude(pk=person.pk)
        return self.render(
            request,
            template="intranet/person.html",
            context_overrides={
                "person": person,
                "colleagues": colleagues.select_related("team")[:6],
                "language_suffix": f"{slug}/",
            },
        )
