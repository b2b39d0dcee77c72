"""Mentorships and evaluations by the thousand, for measuring."""

from datetime import timedelta
from itertools import islice


class Records:
    """Rows of mentorships and evaluations, written straight into the tables, many at a time."""

    def __init__(self):
        from mentorship_cms import models
        from mentorship_cms.models import CompetencyFramework, FrameworkVersion

        self.rows = {
            model: []
            for model in (
                models.Mentorship,
                models.Assignment,
                models.Evaluation,
                models.Sheet,
                models.Rating,
                models.ActionPoint,
                models.Signature,
            )
        }
        self.framework = CompetencyFramework.objects.get(title="Framework 1")
        self.version = FrameworkVersion.objects.get(framework=self.framework)
        self.competencies = list(self.version.competencies.all())
        self.levels = list(self.version.levels.all())

    def add(self, model, **fields):
        """Add a row; it is written with the others."""
        row = model(**fields)
        self.rows[model].append(row)
        return row

    def save(self):
        """Write all rows; evaluations keep the date of each that they were given."""
        from mentorship_cms.models import Evaluation

        started = Evaluation._meta.get_field("created_at")
        started.auto_now_add = False
        try:
            for model, rows in self.rows.items():
                model.objects.bulk_create(rows, batch_size=2000)
        finally:
            started.auto_now_add = True

    def mentorship(self, people, *, closed, drafts, ratings):
        """Add a mentorship with closed evaluations and drafts; return it with all of them.

        ``people`` are mentee, mentor, deputy and line manager. ``ratings`` is how many
        competencies the mentor's sheets rate; None for all, with the mentee's sheets and all
        signatures.
        """
        from django.utils import timezone

        from mentorship_cms.choices import Context
        from mentorship_cms.models import Assignment, Mentorship
        from mentorship_cms.models.mentorships import ASSIGNED_ROLES

        now = timezone.now()
        mentorship = self.add(
            Mentorship,
            framework=self.framework,
            context=Context.NEWCOMER,
            starts_on=now.date() - timedelta(days=30 * (closed + 1)),
        )
        for role, person in zip(ASSIGNED_ROLES, people, strict=True):
            self.add(Assignment, mentorship=mentorship, role=role, person=person, started_at=now)
        made = [
            self.evaluation(
                mentorship, people, now - timedelta(days=30 * (closed - place)), place, ratings
            )
            for place in range(closed)
        ]
        made += [self.draft(mentorship, people, now, ratings) for _place in range(drafts)]
        return mentorship, made

    def evaluation(self, mentorship, people, when, place, ratings):
        """Add a closed evaluation."""
        from mentorship_cms.choices import EvaluationKind, EvaluationState, Role, Verdict
        from mentorship_cms.models import ActionPoint, Evaluation, Signature

        mentee, mentor, _deputy, manager = people
        evaluation = self.add(
            Evaluation,
            mentorship=mentorship,
            kind=EvaluationKind.INTERIM,
            state=EvaluationState.CLOSED,
            framework_version=self.version,
            talk_on=when.date(),
            observed_on=when.date(),
            situation="Two mornings on the ward.",
            conclusion="Grows steadily.",
            created_at=when,
            version_fixed_at=when,
            shared_at=when,
            signed_at=when,
            closed_at=when,
            digest="0" * 64,
        )
        sides = (("mentor", mentor, 0), ("mentee", mentee, 1))
        for side, author, step in sides[: 2 if ratings is None else 1]:
            self.sheet(evaluation, side, author, when, place + step, ratings, shared_at=when)
        self.add(
            ActionPoint,
            evaluation=evaluation,
            text="Practise with a colleague",
            owner=Role.MENTEE,
            due_on=when.date() + timedelta(days=30),
        )
        signed = (
            (Role.MENTOR, mentor, Verdict.SIGNED),
            (Role.LINE_MANAGER, manager, Verdict.SIGNED),
            (Role.MENTEE, mentee, Verdict.SEEN),
        )
        for role, person, verdict in signed[: 3 if ratings is None else 1]:
            self.add(
                Signature,
                evaluation=evaluation,
                role=role,
                verdict=verdict,
                person=person,
                name=person.username,
                recorded_by_name=person.username,
                digest="0" * 64,
                signed_at=when,
            )
        return evaluation

    def draft(self, mentorship, people, when, ratings):
        """Add an evaluation of which the mentor has filled the sheet in."""
        from mentorship_cms.choices import EvaluationKind
        from mentorship_cms.models import Evaluation

        evaluation = self.add(
            Evaluation,
            mentorship=mentorship,
            kind=EvaluationKind.FINAL,
            framework_version=self.version,
            talk_on=when.date() + timedelta(days=7),
            observed_on=when.date(),
            created_at=when,
        )
        # One draft of the mentor is blank, for the first save.
        if people[0].username != "mentee1":
            self.sheet(evaluation, "mentor", people[1], when, 0, ratings)
        return evaluation

    def sheet(self, evaluation, side, author, when, place, ratings, shared_at=None):
        """Add a sheet with its ratings: every fifth with a remark, every ninth not observed."""
        from mentorship_cms.choices import Answer
        from mentorship_cms.models import Rating, Sheet

        sheet = self.add(
            Sheet,
            evaluation=evaluation,
            side=side,
            framework_version=self.version,
            author=author,
            author_name=author.username,
            language=self.version.language,
            saved_at=when,
            shared_at=shared_at,
        )
        for number, competency in enumerate(islice(self.competencies, ratings)):
            is_seen = (number + place) % 9 != 0
            self.add(
                Rating,
                sheet=sheet,
                competency=competency,
                answer=Answer.LEVEL if is_seen else Answer.NOT_OBSERVED,
                level=self.levels[(number + place) % 4] if is_seen else None,
                remark="Asked for help in time." if number % 5 == 0 else "",
                revision=1,
            )
        return sheet
