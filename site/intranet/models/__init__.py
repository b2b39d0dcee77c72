from .home import HomePage, QuickLink
from .news import NewsIndexPage, NewsPage
from .people import PeoplePage, Person, Team
from .practical import PracticalPage

__all__ = [
    "HomePage",
    "NewsIndexPage",
    "NewsPage",
    "PeoplePage",
    "Person",
    "PracticalPage",
    "QuickLink",
    "Team",
]
