"""What readers say is not clear: asking, answering, and what became of the text since."""

from collections import defaultdict
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, Count, Max, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..choices import FlagState
from ..differences import TextChange, compare
from ..models import (
    CompetencyFramework,
    Flag,
    FrameworkPageMixin,
    FrameworkVersion,
    RolePageMixin,
    RoleVersion,
    concrete_pages,
)
from ..models.flags import LONGEST_ANSWER, LONGEST_SENTENCE
from ..models.versions import Version
from ..permissions import NotVisible
from ..records import name_of
from ..structures import Content, Part, ResponsibilityContent
from . import notices
from .errors import StaleError
from .upkeep import owner_of

#: What the kinds of items in addresses are versions of.
VERSIONS = {"framework": FrameworkVersion, "role": RoleVersion}
#: How many questions of one person may wait for an answer.
MOST_OPEN = 20
#: Answers that whoever asked has not read.
UNREAD = ~Q(state=FlagState.OPEN) & Q(read_at=None)

ASKED_SUBJECT = gettext_lazy("Something is not clear to a reader")
ASKED_TEXT = gettext_lazy(
    "Hello,\n\na reader finds something not clear in a text of the mentoring project that you "
    "keep. You find the question here, after signing in:\n\n%(address)s\n"
)
ANSWERED_SUBJECT = gettext_lazy("Your question about the mentoring project has an answer")
ANSWERED_TEXT = gettext_lazy(
    "Hello,\n\nyou said that something was not clear in a text of the mentoring project. The "
    "answer is here, after signing in:\n\n%(address)s\n"
)


class AlreadyAnsweredError(Exception):
    """Somebody else answered in between; nothing was written. ``flag`` holds their answer."""

    def __init__(self, flag: Flag):
        self.flag = flag
        super().__init__(str(flag))


# -- Parts


def parts_of(content: Content) -> dict[str, Part]:
    """The competencies or responsibilities by key."""
    return {item.key: item for section in content.children for item in section.children}


def _name_of(part: Part) -> str:
    """The words by which a part is known, with its code."""
    if isinstance(part, ResponsibilityContent):
        return part.text
    return f"{part.code} {part.title}".strip()


def _about(subject) -> dict:
    """The fields of a flag that say which item it is about."""
    name = "framework" if isinstance(subject, CompetencyFramework) else "role_description"
    return {name: subject}


def flags_about(subject) -> QuerySet[Flag]:
    """What readers said of a framework or a role."""
    return Flag.objects.filter(**_about(subject))


# -- Acts


def open_flag(user, subject, part_key) -> Flag | None:
    """What ``user`` asked about this part and nobody has answered yet."""
    flags = flags_about(subject).filter(reporter=user, part_key=part_key, state=FlagState.OPEN)
    return flags.first()


@transaction.atomic
def ask(*, user, version: Version, part_key, sentence: str, changes=None) -> Flag:
    """Say that a part of ``version`` is not clear, or word again what one said before.

    ``changes`` is the public id of the question that is worded again. Raises ``ValidationError``
    (also when that one was answered in the meantime), and ``StaleError`` with the sentence that
    is stored when the person already asked about this part elsewhere. Who may is for
    ``permissions.may_ask_about`` to say; a part that the version lacks raises ``NotVisible``.
    """
    sentence = _checked("sentence", sentence, LONGEST_SENTENCE, _("Say what is not clear."))
    part = parts_of(version.content).get(str(part_key))
    if part is None:
        raise NotVisible
    # One person asks one thing at a time, so that two windows neither double nor exceed anything.
    get_user_model()._default_manager.select_for_update().get(pk=user.pk)
    flag = open_flag(user, version.subject, part_key)
    if flag is None:
        if changes is not None:
            raise ValidationError(
                _(
                    "Your question was answered in the meantime: read the answer under “My "
                    "questions”. Is it still not clear? Then send this as a new question."
                )
            )
        _check_number(user)
        flag = Flag(**_about(version.subject), reporter=user, part_key=part_key)
        flag.created_at = timezone.now()
    elif sentence == flag.sentence:
        return flag
    elif str(changes) != str(flag.public_id):
        raise StaleError({"sentence": flag.sentence})
    is_new = flag.pk is None
    flag.part_name = _name_of(part)
    flag.version_number = version.number
    flag.sentence = sentence
    flag.full_clean(validate_constraints=False)
    flag.save()
    if is_new:
        _tell_owner(flag)
    return flag


@transaction.atomic
def answer(*, user, flag: Flag, outcome: str, text: str = "") -> Flag:
    """Answer an open question: ``outcome`` is "answered", "changed" or "closed".

    A text is needed, but not for "changed" when something did change. Raises ``ValidationError``,
    and ``AlreadyAnsweredError`` when somebody answered in the meantime.
    """
    flag = Flag.objects.select_for_update(of=("self",)).get(pk=flag.pk)
    if not flag.is_open:
        raise AlreadyAnsweredError(flag)
    errors = {}
    if outcome not in FlagState.values or outcome == FlagState.OPEN:
        errors["outcome"] = _("Choose what became of the question.")
    missing = {
        FlagState.ANSWERED: _("Write the answer."),
        FlagState.CLOSED: _("Say why nothing changes. The reader gets your words."),
    }
    if outcome == FlagState.CHANGED and not text.strip() and not _has_changed_since(flag):
        missing[outcome] = _(
            "Nothing has changed since this was asked, in no version and in no draft. Change the "
            "text first, or write what the reader has to know."
        )
    try:
        text = _checked("text", text, LONGEST_ANSWER, missing.get(outcome, ""))
    except ValidationError as error:
        errors["text"] = error.message_dict["text"]
    if errors:
        raise ValidationError(errors)
    now = timezone.now()
    flag.state = outcome
    flag.answer = text
    flag.answered_by = user
    flag.answered_by_name = name_of(user)
    flag.answered_at = now
    # Whoever answers their own question has read the answer.
    flag.read_at = now if flag.reporter_id == user.pk else None
    flag.save()
    if flag.reporter_id not in (None, user.pk):
        notices.tell(
            flag.reporter,
            subject=ANSWERED_SUBJECT,
            text=ANSWERED_TEXT,
            name="mentorship_cms:questions",
        )
    return flag


def _has_changed_since(flag) -> bool:
    """Whether a version or the latest draft says anything else than what was asked about."""
    newest = flag.subject.versions.order_by("-number").first()
    if newest is None or newest.number > flag.version_number:
        return True
    return flag.subject.get_latest_revision_as_object().content().digest() != newest.digest


@transaction.atomic
def mark_read(*, user, flags) -> None:
    """Remember that ``user`` has seen the answers to these questions of theirs."""
    keys = [flag.pk for flag in flags if not flag.is_open and flag.read_at is None]
    if keys:
        Flag.objects.filter(pk__in=keys, reporter=user, read_at=None).update(read_at=timezone.now())


def _checked(name, text, longest, missing) -> str:
    """``text`` as it is kept; ``missing`` is the message for an empty one, if it needs words."""
    text = text.replace("\r\n", "\n").strip()
    if missing and not text:
        raise ValidationError({name: missing})
    if len(text) > longest:
        raise ValidationError(
            {
                name: _("This has %(length)s characters; %(most)s is the most.")
                % {"length": len(text), "most": longest}
            }
        )
    return text


def _check_number(user) -> None:
    if Flag.objects.filter(reporter=user, state=FlagState.OPEN).count() >= MOST_OPEN:
        raise ValidationError(
            ngettext(
                "%(count)s question of yours waits for an answer. Please let it be answered "
                "first, or word it anew.",
                "%(count)s questions of yours wait for an answer. Please let some of them be "
                "answered first.",
                MOST_OPEN,
            )
            % {"count": MOST_OPEN}
        )


def _tell_owner(flag) -> None:
    owner = owner_of(flag.subject)
    if owner is not None and owner != flag.reporter:
        notices.tell(
            owner,
            subject=ASKED_SUBJECT,
            text=ASKED_TEXT,
            name="mentorship_cms_admin:questions",
            args=(flag.kind, flag.subject.pk),
        )


# -- Reading


@dataclass(frozen=True)
class Tally:
    """How many questions somebody asked, and how many answers they have not read."""

    asked: int = 0
    to_read: int = 0


def tally_of(user) -> Tally:
    """Count the questions of ``user``. One query."""
    return Tally(
        **Flag.objects.filter(reporter=user).aggregate(
            asked=Count("pk"), to_read=Count("pk", filter=UNREAD)
        )
    )


def questions_by(user) -> QuerySet[Flag]:
    """What ``user`` asked: first the answers they have not read, then what waits for one."""
    place = Case(When(UNREAD, then=0), When(state=FlagState.OPEN, then=1), default=2)
    subjects = ("framework__locale", "role_description__locale")
    flags = Flag.objects.filter(reporter=user).select_related(*subjects)
    return flags.order_by(place, "-created_at", "-pk")


def open_count(flag_field: str) -> Coalesce:
    """How many questions about an item wait for an answer, to annotate items with."""
    counts = (
        Flag.objects.filter(**{flag_field: OuterRef("pk"), "state": FlagState.OPEN})
        .order_by()
        .values(flag_field)
        .annotate(count=Count("pk"))
        .values("count")
    )
    return Coalesce(Subquery(counts), 0)


@dataclass(frozen=True)
class Question:
    """A flag with its part as it reads now, and what changed since it was asked.

    ``part`` is None once the text has it no longer; ``asked`` is the part as it read then.
    ``current`` is the number of the newest version, ``page`` where readers find it, if asked for.
    """

    flag: Flag
    asked: Part | None
    part: Part | None
    current: int
    texts: tuple[TextChange, ...] = ()
    content: Content | None = None
    old_content: Content | None = None
    page: object = None

    @property
    def has_changed(self) -> bool:
        """Whether readers find other words now, or the part no longer."""
        return self.part is None or bool(self.texts)

    @property
    def name(self) -> str:
        """The name of the part, as it is now where it is still there."""
        return _name_of(self.part) if self.part else self.flag.part_name


def questions_of(flags, *, with_pages: bool = False) -> list[Question]:
    """The flags with their parts, and on wish with the page of each.

    Two queries for each kind of item, and one for each model of pages; flat in everything else.
    """
    flags = list(flags)
    questions = {}
    for kind, version_model in VERSIONS.items():
        mine = [flag for flag in flags if flag.kind == kind]
        if not mine:
            continue
        field = version_model.subject_field
        key = f"{field}_id"
        newest, contents = _contents(version_model, field, mine)
        subjects = {getattr(flag, key) for flag in mine}
        pages = _pages(kind, field, subjects) if with_pages else {}
        differences = {}
        for flag in mine:
            subject, number = getattr(flag, key), flag.version_number
            current = newest.get(subject, 0)
            old, new = contents.get((subject, number)), contents.get((subject, current))
            if old and new and (subject, number) not in differences:
                changes = compare(old, new).parts
                differences[subject, number] = {change.part.key: change for change in changes}
            name = str(flag.part_key)
            change = differences.get((subject, number), {}).get(name)
            questions[flag.pk] = Question(
                flag,
                asked=parts_of(old).get(name) if old else None,
                part=parts_of(new).get(name) if new else None,
                current=current,
                texts=change.texts if change else (),
                content=new,
                old_content=old,
                page=pages.get(subject),
            )
    return [questions[flag.pk] for flag in flags]


def _contents(version_model, field, flags) -> tuple[dict, dict]:
    """The number of the newest version by item, and the contents that the flags need."""
    key = f"{field}_id"
    wanted = defaultdict(set)
    for flag in flags:
        wanted[getattr(flag, key)].add(flag.version_number)
    newest = dict(
        version_model.objects.filter(**{f"{field}__in": wanted})
        .order_by()
        .values_list(key)
        .annotate(Max("number"))
    )
    rows = Q()
    for subject, numbers in wanted.items():
        rows |= Q(**{field: subject, "number__in": numbers | {newest.get(subject, 0)}})
    documents = version_model.objects.filter(rows).values_list(key, "number", "document")
    return newest, {
        (subject, number): version_model.content_class.from_document(document)
        for subject, number, document in documents
    }


def _pages(kind, field, subjects) -> dict:
    """The first page, by item, that shows a published item to readers."""
    pages = []
    for model in concrete_pages(FrameworkPageMixin if kind == "framework" else RolePageMixin):
        pages += model.objects.live().filter(**{f"{field}__in": subjects, f"{field}__live": True})
    found = {}
    for page in sorted(pages, key=lambda page: page.path):
        found.setdefault(getattr(page, f"{field}_id"), page)
    return found
