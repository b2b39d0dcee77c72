"""The parts of a sheet that are most of a long page: made here, not in a template, to be quick."""

from functools import cache, lru_cache

from django import template
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from ..choices import Answer, Stage
from ..models.evaluations import writers_besides
from .mentorship import kind_label, paragraphs

register = template.Library()

#: What one may expect of a mentee in each stage (S1–S4).
EXPECTATIONS = {
    Stage.PREPARATION: _(
        "The mentorship is still being prepared. Note what the mentee brings along from earlier "
        "work or training. Most competencies cannot be observed yet, and it is right to say so."
    ),
    Stage.WELCOME: _(
        "The mentee is getting to know the colleagues, the house and its habits. Expect many "
        "questions, and work that is done together or with help close by. Doing tasks alone is "
        "still the exception."
    ),
    Stage.GUIDANCE: _(
        "The mentee learns step by step in real work. Expect growing independence in what was "
        "practised, help with what is new, and words for why something is done this way."
    ),
    Stage.CONCLUSION: _(
        "The mentorship is coming to its end. Expect the mentee to do what was agreed without "
        "being told, and to know when to call somebody. Say plainly what still needs time."
    ),
}


@register.filter
def stage_expectation(stage: str) -> str:
    """What one may expect of a mentee in this stage."""
    return EXPECTATIONS[stage]


@cache
def _words(language: str) -> dict[str, str]:
    """The words of a question, translated once for each language: a page has a hundred of them."""
    return {
        "by": gettext("%(date)s, %(name)s"),
        "deputy": gettext("%(name)s, as deputy"),
        "with": gettext("%(author)s, with %(others)s"),
        "other_deputy": gettext("%(name)s as deputy"),
        "last_time": gettext("Last time: %(when)s"),
        "earlier": gettext("Earlier remarks"),
        "remark": gettext("Remark (optional)"),
        "none": gettext("No answer yet"),
        Answer.NOT_OBSERVED: gettext("Not observed"),
        Answer.NOT_APPLICABLE: gettext("Not applicable"),
    }


@lru_cache(maxsize=100)
def _day(day, language: str) -> str:
    return date_format(day)


def _lang(language: str) -> str:
    return f' lang="{escape(language)}"' if language else ""


def _names(writers) -> str:
    """Everybody of ``writers`` once, those who stood in marked as such."""
    said = _words(get_language())["other_deputy"]
    names = (said % {"name": one.name} if one.as_deputy else one.name for one in writers)
    return ", ".join(dict.fromkeys(names))


def _author(name: str, as_deputy: bool, others) -> str:
    """The author with everybody else who wrote, as in “Ann, with Luc as deputy”."""
    said = _words(get_language())
    if as_deputy:
        name = said["deputy"] % {"name": name}
    return said["with"] % {"author": name, "others": _names(others)} if others else name


@register.filter
def sheet_author(sheet) -> str:
    """Whose sheet it is, and who else wrote in it."""
    return _author(sheet.author_name, sheet.as_deputy, sheet.other_writers)


@register.filter
def begun_by(sheet, person) -> str:
    """Who wrote in a sheet before ``person`` goes on with it; blank where nobody did."""
    return _names(writers_besides(sheet.writers, person.pk)) if sheet else ""


@register.filter
def previous_line(previous) -> str:
    """When an earlier rating was given, and by whom."""
    language = get_language()
    return _words(language)["by"] % {
        "date": _day(previous.on, language),
        "name": _author(previous.author, previous.as_deputy, previous.others),
    }


@register.simple_tag
def question_head(competency, language: str = "") -> SafeString:
    """What is asked: code, title, kind and criterion, as published.

    ``language`` is that of the words, where it is not the page's.
    """
    lang = _lang(language)
    code = ""
    if competency.code:
        code = f'<span class="mentorship-code">{escape(competency.code)}</span> '
    criterion = ""
    if competency.criterion:
        text = paragraphs(competency.criterion)
        criterion = f'<div class="mentorship-rate__criterion"{lang}>{text}</div>'
    return mark_safe(  # noqa: S308 - every text is escaped
        f'<legend class="mentorship-rate__title" id="{competency.anchor}"{lang}>'
        f"{code}{escape(competency.title)}</legend>\n"
        f'<p><span class="mentorship-tag">{escape(kind_label(competency.kind))}</span></p>\n'
        f"{criterion}"
    )


def _option(question, value, words, mark, *, number="", anchor="") -> str:
    checked = " checked" if question.answer == value else ""
    return (
        f'<label class="mentorship-option"><input type="radio" '
        f'name="answer-{question.competency.key}" value="{value}"{anchor}{checked}>'
        f"{number}{words}{mark}</label>"
    )


@register.simple_tag
def rating_options(question, levels, language: str = "") -> SafeString:
    """The answers to a question: the levels in the published words, and apart from them the rest.

    ``language`` is that of the words, where it is not the page's.
    """
    said = _words(get_language())
    descriptors = dict(question.competency.descriptors)
    lang, anchor = _lang(language), f' id="{question.anchor}"'
    before, mark = None, ""
    if question.earlier and (previous := question.earlier.rating):
        before = previous.level_key or previous.answer
        when = escape(said["last_time"] % {"when": previous_line(previous)})
        mark = f'<span class="mentorship-option__previous">{when}</span>'
    options = []
    for level in levels:
        text = descriptors.get(level.key) or level.description
        more = f'<span class="mentorship-option__text">{escape(text)}</span>' if text else ""
        options.append(
            _option(
                question,
                level.key,
                f'<span class="mentorship-option__words"{lang}>'
                f'<span class="mentorship-option__label">{escape(level.label)}</span>{more}</span>',
                mark if before == level.key else "",
                number=f'<span class="mentorship-option__number">{level.number}</span>',
                anchor=anchor,
            )
        )
        anchor = ""
    apart = [
        (Answer.NOT_OBSERVED.value, said[Answer.NOT_OBSERVED]),
        (Answer.NOT_APPLICABLE.value, said[Answer.NOT_APPLICABLE]),
    ]
    if question.may_clear:
        apart.append(("", said["none"]))
    others = []
    for value, label in apart:
        others.append(
            _option(
                question,
                value,
                '<span class="mentorship-option__words">'
                f'<span class="mentorship-option__label">{escape(label)}</span></span>',
                mark if before == value else "",
                anchor=anchor,
            )
        )
        anchor = ""
    return mark_safe(  # noqa: S308 - every text is escaped
        f'<div class="mentorship-rate__options">{"".join(options)}</div>\n'
        f'<div class="mentorship-rate__apart">{"".join(others)}</div>'
    )


@register.simple_tag
def earlier_remarks(earlier, folded: bool = False) -> SafeString:
    """The last remarks of the same side on a competency, with when and by whom."""
    if not earlier or not earlier.remarks:
        return ""
    remarks = "".join(
        f'<p class="mentorship-quiet">{escape(previous_line(previous))}</p>'
        f"<div{_lang(previous.language)}>{paragraphs(previous.remark)}</div>"
        for previous in earlier.remarks
    )
    if folded:
        title = escape(_words(get_language())["earlier"])
        remarks = (
            '<details class="mentorship-details mentorship-rate__earlier">'
            f"<summary>{title}</summary>{remarks}</details>"
        )
    return mark_safe(remarks)  # noqa: S308 - every text is escaped


@register.simple_tag
def question_remark(question, keep_address: str) -> SafeString:
    """The remark on a competency, kept with the answer, and the revision of both."""
    key = question.competency.key
    is_open = " open" if question.remark or question.errors else ""
    # The first line end after the tag is not part of the text.
    return mark_safe(  # noqa: S308 - every text is escaped
        f'<div class="mentorship-rate__keep"><details class="mentorship-rate__remark'
        f' mentorship-details"{is_open}>'
        f'<summary id="remark-label-{key}">{escape(_words(get_language())["remark"])}</summary>'
        f'<textarea class="mentorship-field__input" id="remark-{key}" name="remark-{key}" rows="3"'
        f' aria-labelledby="remark-label-{key}" data-mentorship-keep="{escape(keep_address)}"'
        f' data-mentorship-keep-name="{key}" data-mentorship-keep-revision="revision-{key}">\n'
        f"{escape(question.remark)}</textarea></details>"
        '<p class="mentorship-saved" role="status"></p></div>\n'
        f'<input type="hidden" id="revision-{key}" name="revision-{key}"'
        f' value="{question.revision}">'
    )


@register.simple_tag
def given_rating(rating, language: str = "") -> SafeString:
    """The answer of a stored rating, or that there is none yet."""
    said = _words(get_language())
    if rating is None or not rating.answer:
        return mark_safe(  # noqa: S308 - escaped
            f'<p class="mentorship-given mentorship-quiet">{escape(said["none"])}</p>'
        )
    if rating.level is None:
        words = said[rating.answer]
        label = f'<span class="mentorship-given__label">{escape(words)}</span>'
        return mark_safe(f'<p class="mentorship-given">{label}</p>')  # noqa: S308 - escaped
    return mark_safe(  # noqa: S308 - escaped
        '<p class="mentorship-given">'
        f'<span class="mentorship-given__number">{rating.level.number}</span>'
        f'<span class="mentorship-given__label"{_lang(language)}>{escape(rating.level.label)}'
        "</span></p>"
    )
