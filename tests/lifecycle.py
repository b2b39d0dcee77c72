"""Mentorships and evaluations for tests, brought to any state through the services."""

from dataclasses import dataclass
from datetime import timedelta

from mentorship_cms.choices import Answer, Context, EvaluationKind, Outcome, Role
from mentorship_cms.models import Evaluation, Mentorship
from mentorship_cms.permissions import today
from mentorship_cms.services import evaluations, mentorships
from mentorship_cms.services.content import digest_of
from mentorship_cms.services.sheets import Entry, save_entries
from tests.factories import make_user


@dataclass
class Cast:
    """Everybody of one mentorship, with the coordinator who made it."""

    mentorship: Mentorship
    mentee: object
    mentor: object
    deputy: object
    manager: object
    coordinator: object

    def by_role(self):
        return {
            Role.MENTEE: self.mentee,
            Role.MENTOR: self.mentor,
            Role.DEPUTY_MENTOR: self.deputy,
            Role.LINE_MANAGER: self.manager,
        }


def cast(framework, coordinator, *, prefix="", people=None) -> Cast:
    """A mentorship with four people of its own, named after their roles, but for ``people``."""
    names = ("mentee", "mentor", "deputy", "manager")
    people = {
        name: (people or {}).get(name)
        or make_user(f"{prefix}{name}", first_name=name.title(), last_name=f"{prefix}Person")
        for name in names
    }
    mentorship = mentorships.create_mentorship(
        user=coordinator,
        framework=framework,
        context=Context.NEWCOMER,
        starts_on=today() - timedelta(days=100),
        people={
            Role.MENTEE: people["mentee"],
            Role.MENTOR: people["mentor"],
            Role.DEPUTY_MENTOR: people["deputy"],
            Role.LINE_MANAGER: people["manager"],
        },
    )
    return Cast(mentorship=mentorship, coordinator=coordinator, **people)


def started(cast: Cast, *, kind=EvaluationKind.INTERIM, talk_in=7) -> Evaluation:
    """An evaluation of which nothing is written."""
    return evaluations.start_evaluation(
        user=cast.mentor,
        mentorship_id=cast.mentorship.public_id,
        kind=kind,
        talk_on=today() + timedelta(days=talk_in),
    )


def entries(version, *, level=0, remark="", only=None) -> list[Entry]:
    """An entry of the same level for each competency of a version, or the first ``only``."""
    content = version.content
    return [
        Entry(
            key=competency.key,
            answer=Answer.LEVEL,
            level_key=content.levels[level].key,
            remark=remark,
        )
        for competency in content.competencies[:only]
    ]


def write(evaluation, user, *, level=0, remark="", only=None, language="nl"):
    """Let ``user`` fill in their own sheet, which is empty so far."""
    return save_entries(
        user=user,
        evaluation_id=evaluation.public_id,
        language=language,
        entries=entries(evaluation.framework_version, level=level, remark=remark, only=only),
    )


def shared(cast: Cast, evaluation=None, *, mentor_level=0, mentee_level=1, **fields) -> Evaluation:
    """An evaluation of which both sheets are shared, with remarks "by mentor", "by mentee"."""
    evaluation = evaluation or started(cast, **fields)
    evaluations.change_details(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        revision=0,
        talk_on=evaluation.talk_on,
        observed_on=today(),
        situation="Helping at breakfast",
    )
    for user, level in ((cast.mentor, mentor_level), (cast.mentee, mentee_level)):
        write(evaluation, user, level=level, remark=f"by {user.username}")
        evaluations.share_sheet(user=user, evaluation_id=evaluation.public_id)
    evaluation.refresh_from_db()
    return evaluation


def talked(cast: Cast, evaluation=None, **fields) -> Evaluation:
    """A shared evaluation with a conclusion, needs and one action point."""
    evaluation = evaluation or shared(cast, **fields)
    evaluations.save_talk(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        revision=evaluation.revision,
        conclusion="Grows steadily",
        needs="More practice",
        points=[
            evaluations.Point(
                text="Practise with Luc",
                owner=Role.MENTEE,
                due_on=today() + timedelta(days=30),
                competency_keys=(evaluation.framework_version.content.competencies[0].key,),
            )
        ],
        outcomes={},
    )
    evaluation.refresh_from_db()
    return evaluation


def sign(evaluation, user, **fields):
    """Let ``user`` sign what is there now."""
    evaluation.refresh_from_db()
    signature = evaluations.sign(
        user=user,
        evaluation_id=evaluation.public_id,
        seen_digest=digest_of(evaluation),
        **fields,
    )
    evaluation.refresh_from_db()
    return signature


def signed(cast: Cast, evaluation=None, **fields) -> Evaluation:
    """An evaluation that the mentor has signed."""
    evaluation = talked(cast, evaluation, **fields)
    sign(evaluation, cast.mentor)
    return evaluation


def closed(cast: Cast, evaluation=None, **fields) -> Evaluation:
    """An evaluation that everybody has signed."""
    evaluation = signed(cast, evaluation, **fields)
    sign(evaluation, cast.manager)
    sign(evaluation, cast.mentee, remark="Thank you")
    return evaluation


def with_history(cast: Cast) -> tuple[Evaluation, Evaluation]:
    """Two evaluations, the second with the outcome of the first one's action point, and a window.

    Every kind of record has rows of history then.
    """
    mentorships.open_window(
        user=cast.mentor,
        public_id=cast.mentorship.public_id,
        starts_on=today(),
        ends_on=today(),
        reason="On leave",
    )
    first = closed(cast, kind=EvaluationKind.START)
    second = shared(cast, kind=EvaluationKind.INTERIM)
    (point,) = evaluations.open_points(second)
    evaluations.save_talk(
        user=cast.mentor,
        evaluation_id=second.public_id,
        revision=second.revision,
        conclusion="Grows steadily",
        needs="More practice",
        points=[],
        outcomes={point.public_id: (Outcome.DONE, "Asked Luc twice")},
    )
    sign(second, cast.mentor)
    return first, second
