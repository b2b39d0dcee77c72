"""Signing in, and the intranet's search."""

from django.contrib.auth.views import LoginView
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils.translation import get_language
from wagtail.models import Locale, Page

from intranet.models import PeoplePage, Person
from mentorship_cms.search import find


class SignInView(LoginView):
    redirect_authenticated_user = True

    def get_default_redirect_url(self):
        """Stay in the language in which somebody signs in."""
        return f"/{get_language()}/"


def search(request):
    """Pages, colleagues and the mentoring project's own texts, in the visitor's language."""
    query = request.GET.get("query", "").replace("\x00", "").strip()[:100]
    locale = Locale.get_active()
    pages, people, mentoring = Page.objects.none(), Person.objects.none(), []
    # A quotation mark stands for nothing here, and SQLite's search would stumble over it.
    words = query.replace('"', " ").strip()
    if words:
        pages = Page.objects.live().public().filter(locale=locale).specific().search(words)
        people = Person.objects.select_related("team").matching(words)[:6]
        mentoring = find(words, request=request, language=locale.language_code)
    results = Paginator(pages, 10).get_page(request.GET.get("page"))
    return render(
        request,
        "intranet/search.html",
        {
            "query": query,
            "results": results,
            "people": people,
            "people_page": PeoplePage.objects.live().filter(locale=locale).first(),
            "mentoring": mentoring,
            "number": results.paginator.count + len(people) + len(mentoring),
        },
    )
