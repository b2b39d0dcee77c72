from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from intranet.models import Person, Team


class PersonViewSet(SnippetViewSet):
    model = Person
    icon = "user"
    list_display = ["__str__", "team", "function", "extension"]
    list_filter = ["team"]
    search_fields = ["first_name", "last_name"]


class TeamViewSet(SnippetViewSet):
    model = Team
    icon = "group"
    list_display = ["__str__", "slug", "sort_order"]


class DirectoryViewSetGroup(SnippetViewSetGroup):
    items = (PersonViewSet, TeamViewSet)
    menu_label = Person._meta.verbose_name_plural
    menu_icon = "group"
    menu_order = 700


register_snippet(DirectoryViewSetGroup)
