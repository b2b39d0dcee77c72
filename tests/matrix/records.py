"""Who gets what of mentorships and evaluations in the admin: addresses, states, people.

Everybody here may enter the admin, but for the team: rights in a mentorship open no door there.
"""

from .world import ACTORS, STATES

#: Only the administrators of the site and those who coordinate see more than their own.
ENTERING = [actor for actor in ACTORS if actor not in ("anonymous", "reader")]
#: One row for each who may know of an evaluation: in which states, as the letters of the columns.
EVALUATION = {
    "mentor": "DHSGCXK",
    "deputy inside": "DHSGCXK",
    "mentee": "DHSGCXK",
    "manager": "SGC",
    "coordinator": "DHSGCXK",
}
#: Whoever has a role in the mentorship now; an administrator sees who takes part in what.
MENTORSHIP = (
    "mentor",
    "deputy inside",
    "deputy outside",
    "mentee",
    "manager",
    "coordinator",
    "administrator",
)
#: Those of the other mentorship find that one in the lists, and its shared evaluation. Who left
#: this mentorship has a role in a third one, of which there is no evaluation.
OTHERS = ("other mentor", "other mentee", "other manager", "other deputy")
FORMER = ("former mentor", "former manager", "former deputy")

#: The addresses of records by model: those that name one, and those that list them.
ONE = ("inspect", "history", "history_results")
LISTS = ("list", "list_results")
ADDRESSES = {model: {*ONE, *LISTS} for model in ("evaluation", "mentorship")}


def _refused(actor: str) -> str:
    """What ``actor`` gets of what is not theirs to know of."""
    return "no" if actor in ENTERING else "login"


def one(model: str, actor: str, column: str) -> str:
    """What the tables say that ``actor`` gets at the address of one record."""
    seen = column in EVALUATION.get(actor, "") if model == "evaluation" else actor in MENTORSHIP
    return "ok" if seen else _refused(actor)


def listed(model: str, actor: str) -> set[str] | None:
    """What ``actor`` finds in the list, by name; None for who has no list.

    Evaluations by the letters of their columns, mentorships as "own"; then "other", and "further"
    for those that only former people of this mentorship, or nobody of the tables, take part in.
    """
    if model == "evaluation":
        found = set(EVALUATION.get(actor, ""))
        if actor in OTHERS:
            found.add("other")
        if actor == "coordinator":
            found |= {"other", "further"}
        return found or None
    if actor in ("coordinator", "administrator"):
        return {"own", "other", "further"}
    places = {"own": MENTORSHIP, "other": OTHERS, "further": FORMER}
    return {place for place, people in places.items() if actor in people} or None


def state_columns(model: str) -> list[str]:
    """The columns that a record of that model has."""
    return list(STATES) if model == "evaluation" else [""]


#: Of the registers: what is kept of texts is for editors too, what is kept of records is not.
TEXT_REGISTER = ("coordinator", "editor", "administrator")
RECORD_REGISTER = ("coordinator", "administrator")


def register(actor: str, *, records: bool) -> str:
    """What ``actor`` gets at an address of a register."""
    readers = RECORD_REGISTER if records else TEXT_REGISTER
    return "ok" if actor in readers else _refused(actor)
