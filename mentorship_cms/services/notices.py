"""Mails that say that something waits, with a link and nothing personal.

Sent after the transaction: a mail server that is down never undoes what was saved.
"""

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from .. import conf
from ..choices import EvaluationState, Role


def started(access, evaluation) -> None:
    """The mentee has a sheet to write."""
    _notify(access, evaluation, access.person(Role.MENTEE))


def moved(access) -> None:
    """The talk is on another day; of a draft that corrects something nobody is told yet."""
    if not access.evaluation.is_correction or access.state != EvaluationState.DRAFT:
        _notify(access.access, access.evaluation, access.access.person(Role.MENTEE))


def dropped(access) -> None:
    """The mentee need not write any more; of a correction nobody was told."""
    if not access.evaluation.is_correction:
        _notify(access.access, access.evaluation, access.access.person(Role.MENTEE))


def sheet_shared(access) -> None:
    """One side waits for the other."""
    roles = (Role.MENTOR, Role.MENTEE)
    _notify(access.access, access.evaluation, *(access.access.person(role) for role in roles))


def revealed(access) -> None:
    """Both sheets can be read."""
    roles = (Role.MENTOR, Role.MENTEE, Role.LINE_MANAGER)
    _notify(access.access, access.evaluation, *(access.access.person(role) for role in roles))


def signed(access) -> None:
    """Line manager and mentee can sign."""
    roles = (Role.LINE_MANAGER, Role.MENTEE)
    if access.access.as_deputy:
        roles = (*roles, Role.MENTOR)
    _notify(access.access, access.evaluation, *(access.access.person(role) for role in roles))


def closed(access) -> None:
    """Everybody has signed."""
    roles = (Role.MENTOR, Role.MENTEE, Role.LINE_MANAGER)
    _notify(access.access, access.evaluation, *(access.access.person(role) for role in roles))


def _notify(access, evaluation, *people) -> None:
    """Tell ``people``, but for the one who acts, that something waits for them."""
    if not conf.get("SEND_MAIL"):
        return
    for person in people:
        if person is not None and person != access.user and person.is_active and person.email:
            transaction.on_commit(
                lambda person=person: _send(person, evaluation.public_id), robust=True
            )


def language_of(user) -> str:
    """The language in which ``user`` wants mails: that of the Wagtail profile, or the site's."""
    profile = getattr(user, "wagtail_userprofile", None)
    return (profile.preferred_language if profile else "") or settings.LANGUAGE_CODE


def _send(person, public_id) -> None:
    base = conf.get("BASE_URL") or getattr(settings, "WAGTAILADMIN_BASE_URL", "")
    with translation.override(language_of(person)):
        address = reverse("mentorship_cms:evaluation", args=[public_id])
        send_mail(
            _("Something waits for you in the mentoring workspace"),
            _(
                "Hello,\n\nin the mentoring workspace of the intranet something is ready for "
                "you. You find it here, after signing in:\n\n%(address)s\n"
            )
            % {"address": base.rstrip("/") + address},
            None,
            [person.email],
        )


def tell(person, *, subject, text, name, args=()) -> None:
    """Mail ``person`` the lazy ``text``, in which ``%(address)s`` is that of the page ``name``."""
    if conf.get("SEND_MAIL") and person is not None and person.is_active and person.email:
        transaction.on_commit(lambda: _tell(person, subject, text, name, args), robust=True)


def _tell(person, subject, text, name, args) -> None:
    base = conf.get("BASE_URL") or getattr(settings, "WAGTAILADMIN_BASE_URL", "")
    with translation.override(language_of(person)):
        address = base.rstrip("/") + reverse(name, args=args)
        send_mail(str(subject), text % {"address": address}, None, [person.email])
