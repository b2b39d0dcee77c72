"""Finding people of the intranet by what they are called, whatever model the host has for them."""

import unicodedata
from functools import reduce
from operator import and_, or_

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat

#: How many people of one name are offered to choose from.
MOST_MATCHES = 20
#: Fewer letters than this are no name to look for.
SHORTEST = 2


def _fields(*names) -> list[str]:
    """Those of ``names`` that the host's users have."""
    model = get_user_model()
    found = []
    for name in names:
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            continue
        if field.concrete and not field.is_relation:
            found.append(name)
    return found


def _name_fields() -> list[str]:
    return _fields("first_name", "last_name")


def _account_fields() -> list[str]:
    model = get_user_model()
    return list(dict.fromkeys(_fields(model.USERNAME_FIELD, model.get_email_field_name())))


def tidy(text: str) -> str:
    """``text`` with single spaces, and letters with accents in their usual form."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def people_called(text: str) -> list:
    """The active people whose user name, e-mail address or full name is ``text``.

    A full name may come with either part first. One more than :data:`MOST_MATCHES` at most, so
    that a caller sees when there are more. One query.
    """
    text = tidy(text)
    if not text or "\x00" in text:
        return []
    people = get_user_model()._default_manager.filter(is_active=True)
    matches = [Q(**{f"{name}__iexact": text}) for name in _account_fields()]
    if len(parts := _name_fields()) == 2:
        people = people.annotate(
            mentorship_name=Concat(parts[0], Value(" "), parts[1]),
            mentorship_reversed=Concat(parts[1], Value(" "), parts[0]),
        )
        matches += [Q(mentorship_name__iexact=text), Q(mentorship_reversed__iexact=text)]
    return list(people.filter(reduce(or_, matches)).order_by("pk")[: MOST_MATCHES + 1])


def people_nearly_called(text: str) -> list:
    """The active people in whose names or addresses each word of ``text`` occurs: to choose from.

    One more than :data:`MOST_MATCHES` at most. One query.
    """
    text = tidy(text)
    if len(text) < SHORTEST or "\x00" in text:
        return []
    return list(people_like(text).filter(is_active=True).order_by("pk")[: MOST_MATCHES + 1])


def people_like(text: str) -> QuerySet:
    """Everybody, active or not, in whose names or addresses each word of ``text`` occurs."""
    fields = [*_name_fields(), *_account_fields()]
    words = [
        reduce(or_, (Q(**{f"{name}__icontains": word}) for name in fields))
        for word in tidy(text).split()
    ]
    return get_user_model()._default_manager.filter(reduce(and_, words, Q()))


def address_of(person) -> str:
    """What tells two people of one name apart: the e-mail address, or else the user name."""
    return getattr(person, person.get_email_field_name(), "") or person.get_username()
