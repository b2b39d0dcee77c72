"""Warns about content that readers and evaluators will stumble over. Never refuses anything."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext, ngettext

from ..structures import (
    AreaContent,
    CompetencyContent,
    Content,
    GroupContent,
    Part,
)

DOUBLE_CODE = "double-code"
NO_CRITERION = "no-criterion"
NOT_OBSERVABLE = "not-observable"
LONG_SENTENCE = "long-sentence"
EMPTY_SECTION = "empty-section"
CODES = (DOUBLE_CODE, NO_CRITERION, NOT_OBSERVABLE, LONG_SENTENCE, EMPTY_SECTION)

#: More words than this in one sentence are too many to follow.
LONGEST_SENTENCE = 30

#: Texts that hold a value, not a sentence.
_VALUES = ("code", "kind", "role")

#: What nobody can see or hear somebody do, by language.
_INNER = {
    "en": r"understand(?:s|ing)?|know(?:s|ing)?(?! how\b)|(?:is|are|being) aware|realis(?:es?|ing)"
    r"|realiz(?:es?|ing)|(?:is|are) familiar with|(?:is|are) conscious of"
    r"|has (?:an )?(?:understanding|knowledge|insight|awareness)",
    "nl": r"begrijp(?:t|en)?|weet|weten|ken(?:t|nen)|(?:is|zijn) zich bewust|beseft|beseffen"
    r"|snapt|snappen|(?:is|zijn) vertrouwd met|heeft (?:kennis|inzicht|weet)",
    "fr": r"compren(?:d|nent|dre)|conna[iî]t(?:re)?|connaissent|sait (?:que|qu['’]|ce|comment"
    r"|pourquoi|où|quand|les?|la|l['’])|savoir que|(?:est|sont) conscient(?:e|s|es)?"
    r"|(?:a|ont) conscience|se rend(?:ent)? compte|réalise que|ma[iî]trise"
    r"|(?:est|sont) au courant|(?:a|ont) (?:une )?(?:connaissance|compréhension)",
}

#: Stems of what one does see or hear. A criterion that has one of them is left alone.
_SEEN = {
    "en": """
        accept act adapt adjust agree allow announce answer appl approach arrange arrive ask
        assess begin bring build calculat call care carr check choos clean clos collect com
        compare complet confirm contact cook correct count cover deliver demonstrat describ
        discuss disinfect divid do does draw dress drive dry encourag enter examin explain
        express feed fetch fill find finish fix follow formulat gave get giv gives go greet
        guid hand help hold identif improve inform install introduc invite involv keep knock
        lay lead leav lift list listen lock look maintain make manag measur mention monitor
        mov name negotiat note notic observ offer open order organis organiz pass perform
        phone pick place plan point position practic practis prepar present prevent produc
        propos protect prove provid put rais reach react read recognis recogniz recommend
        record refer reflect refus remind repair repeat replac report request resolv respect
        respond rest retriev return review ring run say search see seek select separat serv
        set share show sign sit smooth solv sort speak spell stand start state stay stop
        store suggest sum summaris summariz support take talk teach tell test thank think
        translat treat try us use verif visit wait walk warn wash watch wear welcom wip work
        writ
    """,
    "nl": """
        aanvaard aarzel accepteer antwoord bedien begeleid begin begint begroet behandel
        bekijk bel benader benoem bereid bereken beschermt beschrijf bespreek bewaar bezoek
        bied biedt blijf blijft bouw breng brengt controleer deelt denk doe doet draag
        draagt droog drukt duid evalueer formuleer ga gaat gebruik geef geeft grijp groet
        haal help helpt herhaal herken herstel hoort houd houdt informeer ingrijp invul kies
        kiest kijk klop kom komt kook lees leest leg legt leid leidt let licht luister maak
        maakt meet meld merk motiveer neem neemt noem noteer observeer ondersteun onderzoek
        ontsmet ontvang opent organiseer overleg pak pas passeer past plaats plan poets
        praat presenteer raadpleeg reageer regel registreer rijdt roep ruim schakel scheid
        schrijf signaleer sluit spreek sprek sta staat start stel stelt stem steunt
        stimuleer stop stuur teken tel telt test til tilt toepas toets toon toont treed trek
        uitleg vat verbeter verdeel vergelijk verklaar verleen vermeld verplaats vertaal
        vertel vertoon verwelkom verwerk verwijs verzamel verzorg vind voer voert volg
        voorkom vraag vraagt vul waarschuw wacht was wast weiger werk wijs wijst wissel zeg
        zegt zet ziet zit zoek zorg
    """,
    "fr": """
        accept accompagn accueil achèv adapt agi aid ajust alert annonc appel appliqu apport
        arrêt assist associ attend avert bross calcul calm chang change cherch chois class
        collabor command commenc compar complèt compt conduit confirm consult contact
        contrôl coopèr corrig cré demand dessin dialogu dirig discut distingu dit donn décri
        définit délègu démontr déplac dépos désinfect détect effectu encourag enregistr entr
        entreti essai expliqu explique exprim exécut faire fait ferm fix formul fourni gard
        guid gèr identifi impliqu indiqu inform install interpell interrog interv introdui
        invit justifi lav li list lit lève mentionn mesur met mont montr motiv nettoi nomm
        not observ offr organis orient ouvr parl partag particip pass pens permet pos prend
        procèd prodi produi propos protèg prouv prépar présent préven prévoi racont rang
        rappel rassur recherch recommand reconnaî refus regard relit relèv remerci remet
        rempli rend renseign report repèr respect rest retir retrouv revien reçoi règl réagi
        réalis récupèr rédig répar répond répèt résum réuni salu sert sign signal soign
        soutien suggèr sui surveil sépar termin teste tient tir touch tradui trait transmet
        travail tri trouv téléphon utilis vid visit voi vérifi écart échang écout écri énonc
        énumèr établi évalu évit
    """,
}

#: Endings that a stem may have: of verbs, not of every word that begins alike.
_ENDINGS = {
    "en": r"(?:s|es|ies|y|e|ed|ied|d|ing|ying|ting|ning)?",
    "nl": r"(?:t|en|de|den|te|ten|nt)?",
    "fr": r"(?:e|es|ent|er|re|ir|ît|it|t|s|d|ant|ons|te|le|les|lle|se|sse|ste|ie|ue|uer|uit|ge)?",
}


#: Before a noun, which may look like a verb: "the names", "les règles". Not after "et": "et les
#: explique".
_NOUNS = {
    "en": r"\b(?:the|an?|of|his|her|their|its|own|each|every|some|all|in|for|from|on|at|by)\s+\w+",
    "nl": r"\b(?:de|het|een|zijn|haar|hun|eigen|elke?|alle|van|bij|voor|in|op|met)\s+\w+",
    "fr": r"(?<!\bet )(?<!\bpuis )(?:\b(?:les?|la|une?|des?|du|sa|son|ses|leurs?|chaque|aux?|en)"
    r"\s+|\bd['’])\w+",
}


def _pattern(words: str, endings: str) -> re.Pattern:
    return re.compile(rf"\b(?:{'|'.join(words.split())}){endings}\b", re.IGNORECASE)


_INNER_PATTERNS = {
    language: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for language, words in _INNER.items()
}
_SEEN_PATTERNS = {
    language: _pattern(words, _ENDINGS[language]) for language, words in _SEEN.items()
}

_NOUN_PATTERNS = {language: re.compile(words, re.IGNORECASE) for language, words in _NOUNS.items()}

_SENTENCE_ENDS = re.compile(r"(?<=[.!?…])[\s\u201d\u2019\u00bb\")]+|\n+")
_WORD = re.compile(r"\w[\w’'-]*")


@dataclass(frozen=True)
class Problem:
    """Something to look at again: in which part, of what sort, and in words what and why."""

    part: Part
    code: str
    message: str


def check(content: Content, language: str = "") -> list[Problem]:
    """Return what to look at again in ``content``, in its order; empty when there is nothing.

    ``language`` is the code of the item's language: criteria are read in it, and not at all in a
    language whose verbs are not known. Messages are in the active language.
    """
    competencies = [part for part, _parent in content.walk() if isinstance(part, CompetencyContent)]
    areas = [part for part in content.children if isinstance(part, AreaContent)]
    doubles = _doubles(competencies) | _doubles(areas)
    problems = list(_sentences(content))
    for part, _parent in content.walk():
        if others := doubles.get(part.key):
            problems.append(Problem(part, DOUBLE_CODE, others))
        if isinstance(part, AreaContent | GroupContent) and not part.children:
            problems.append(Problem(part, EMPTY_SECTION, explanation(EMPTY_SECTION)))
        if isinstance(part, CompetencyContent):
            problems += _criterion(part, language.split("-")[0].lower())
        problems += _sentences(part)
    return problems


def title(code: str) -> str:
    """Name a sort of problem, in the active language."""
    return {
        DOUBLE_CODE: gettext("The same code twice"),
        NO_CRITERION: gettext("A competency without criterion"),
        NOT_OBSERVABLE: gettext("A criterion that nobody can see"),
        LONG_SENTENCE: gettext("A long sentence"),
        EMPTY_SECTION: gettext("Nothing beneath this heading"),
    }[code]


def explanation(code: str) -> str:
    """Say why that is a problem, in the active language."""
    return {
        DOUBLE_CODE: gettext(
            "In an evaluation, nobody can tell which of the two a remark refers to."
        ),
        NO_CRITERION: gettext(
            "Without criterion everybody judges by their own measure. What does one see or hear?"
        ),
        NOT_OBSERVABLE: gettext(
            "Nobody can see that somebody understands or knows. What do they do or say then?"
        ),
        LONG_SENTENCE: ngettext(
            "Sentences of more than %(count)d word lose readers. Cut it in two.",
            "Sentences of more than %(count)d words lose readers. Cut it in two.",
            LONGEST_SENTENCE,
        )
        % {"count": LONGEST_SENTENCE},
        EMPTY_SECTION: gettext("Readers see a heading with nothing under it."),
    }[code]


def is_observable(criterion: str, language: str) -> bool:
    """Whether one could see or hear it: false for a criterion of "knows" and "understands" alone.

    In doubt it is true: also for a language whose verbs are not known.
    """
    if language not in _INNER_PATTERNS or not _INNER_PATTERNS[language].search(criterion):
        return True
    rest = _NOUN_PATTERNS[language].sub(" ", _INNER_PATTERNS[language].sub(" ", criterion))
    return bool(_SEEN_PATTERNS[language].search(rest))


def _doubles(parts) -> dict[str, str]:
    """What to say about each part whose code another one has, by key."""
    codes = Counter(part.code.strip().casefold() for part in parts if part.code.strip())
    found = {}
    for part in parts:
        code = part.code.strip()
        if codes[code.casefold()] < 2:
            continue
        other = next(
            other
            for other in parts
            if other is not part and other.code.strip().casefold() == code.casefold()
        )
        found[part.key] = gettext(
            "%(code)s is also the code of “%(title)s”. In an evaluation, nobody can tell which of "
            "the two a remark refers to."
        ) % {"code": code, "title": other.title}
    return found


def _criterion(competency: CompetencyContent, language: str) -> Iterator[Problem]:
    if not competency.criterion.strip():
        yield Problem(competency, NO_CRITERION, explanation(NO_CRITERION))
    elif not is_observable(competency.criterion, language):
        yield Problem(competency, NOT_OBSERVABLE, explanation(NOT_OBSERVABLE))


def _sentences(part: Part) -> Iterator[Problem]:
    """At most one problem for a part: its longest sentence."""
    longest = max(
        (
            len(_WORD.findall(sentence))
            for field, text in part.texts().items()
            if field not in _VALUES
            for sentence in _SENTENCE_ENDS.split(text)
        ),
        default=0,
    )
    if longest > LONGEST_SENTENCE:
        message = ngettext(
            "A sentence of %(count)d word loses readers. Cut it in two.",
            "A sentence of %(count)d words loses readers. Cut it in two.",
            longest,
        )
        yield Problem(part, LONG_SENTENCE, message % {"count": longest})
