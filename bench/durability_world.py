"""The database, the people and the work of ./run endure."""

import os
import random
import shutil
import tempfile
import uuid
from datetime import timedelta

# -- A database and its people


class Database:
    """A database for the experiments: a file, or one on the PostgreSQL server."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="mentorship-endure-")
        os.environ["MENTORSHIP_VAR"] = self.folder
        self.server = None
        if os.environ.get("MENTORSHIP_DB") == "postgres":
            self.server = os.environ.get("PGDATABASE") or "postgres"
            self.name = f"mentorship_endure_{uuid.uuid4().hex[:12]}"
            self.order(f'CREATE DATABASE "{self.name}"')
            os.environ["PGDATABASE"] = self.name

    def order(self, statement):
        import psycopg

        with psycopg.connect(dbname=self.server, autocommit=True) as connection:
            connection.execute(statement)

    def remove(self):
        """Leave nothing behind."""
        if self.server:
            self.order(f'DROP DATABASE "{self.name}" WITH (FORCE)')
        shutil.rmtree(self.folder, ignore_errors=True)


def disconnect():
    """Close every connection: for a fork, or for a process that ends."""
    from django.db import connections

    connections.close_all()


class Cast:
    """The people of the experiments, with a published framework of twelve competencies."""

    def __init__(self):
        from django.contrib.auth import get_user_model
        from django.contrib.auth.models import Permission
        from wagtail.models import Locale

        from mentorship_cms.models import (
            Competency,
            CompetencyArea,
            CompetencyFramework,
            Level,
            RatingScale,
        )
        from mentorship_cms.permissions import COORDINATE
        from mentorship_cms.services.publishing import publish

        for name in ("mentor", "deputy", "deputy2", "manager", "coordinator"):
            setattr(self, name, get_user_model().objects.create_user(username=name))
        right = Permission.objects.get(
            content_type__app_label="mentorship_cms", codename=COORDINATE
        )
        self.coordinator.user_permissions.add(right)
        locale = Locale.objects.get_or_create(language_code="nl")[0]
        scale = RatingScale(title="Scale", locale=locale)
        scale.levels = [Level(label=f"Level {n}", sort_order=n) for n in range(4)]
        publish(snippet=scale)
        framework = CompetencyFramework(
            title="Framework", occupation="Work", locale=locale, rating_scale=scale
        )
        framework.areas = [
            CompetencyArea(
                code="A",
                title="Area",
                competencies=[
                    Competency(code=f"A{n}", title=f"Competency {n}", kind="attitude", sort_order=n)
                    for n in range(12)
                ],
            )
        ]
        publish(snippet=framework)
        self.framework = framework

    def mentorship(self):
        """A new mentorship of these people, but of a new mentee."""
        from django.contrib.auth import get_user_model

        from mentorship_cms.permissions import today
        from mentorship_cms.services.mentorships import create_mentorship

        self.mentee = get_user_model().objects.create_user(username=mark())
        return create_mentorship(
            user=self.coordinator,
            framework=self.framework,
            context="newcomer",
            starts_on=today() - timedelta(days=100),
            people={
                "mentee": self.mentee,
                "mentor": self.mentor,
                "deputy_mentor": self.deputy,
                "line_manager": self.manager,
            },
        )


# -- Working through evaluations


def mark():
    """A word that no other save uses."""
    return uuid.uuid4().hex


def save_sheet(user, evaluation, side, word):
    """Save every competency and the general remark of a sheet with the same word."""
    from mentorship_cms.services import sheets

    sheet = sheets.sheet_of(evaluation, side)
    stored = sheets.ratings_of(sheet)
    version = sheet.framework_version if sheet else evaluation.framework_version
    content = version.content
    level = random.choice(content.levels).key
    entries = [
        sheets.Entry(key, "level", level, word, stored[key].revision if key in stored else 0)
        for key in (competency.key for competency in content.competencies)
    ]
    general = sheets.Entry(sheets.GENERAL, None, "", word, sheet.revision if sheet else 0)
    return sheets.save_entries(
        user=user, evaluation_id=evaluation.public_id, language="nl", entries=[*entries, general]
    )


def save_talk(cast, evaluation, word):
    """Save everything of the talk with the same word."""
    from mentorship_cms.services import evaluations

    stored = list(evaluation.action_points.all())
    points = [
        evaluations.Point(f"{word} {n}", "mentee", public_id=row.public_id if row else None)
        for n, row in enumerate(stored or (None, None))
    ]
    asked = evaluations.open_points(evaluation)[:2]
    return evaluations.save_talk(
        user=cast.mentor,
        evaluation_id=evaluation.public_id,
        revision=evaluation.revision,
        conclusion=word,
        needs=word,
        points=points,
        outcomes={point.public_id: ("done", word) for point in asked},
    )


def sign(user, evaluation):
    """Sign what is there."""
    from mentorship_cms.services import evaluations
    from mentorship_cms.services.content import digest_of

    return evaluations.sign(
        user=user, evaluation_id=evaluation.public_id, seen_digest=digest_of(evaluation)
    )


def go_on(cast, mentorship):
    """Do whatever comes next, as the database has it: each call is one act or one save."""
    from mentorship_cms.permissions import today, unsigned_roles
    from mentorship_cms.services import evaluations, mentorships
    from mentorship_cms.services.sheets import sheet_of

    evaluation = mentorship.evaluations.order_by("-pk").first()
    if evaluation is None or (evaluation.state == "closed" and evaluation.is_correction):
        deputy = mentorship.assignments.get(role="deputy_mentor", ended_at__isnull=True).person
        window = mentorship.deputy_windows.filter(closed_at__isnull=True).first()
        if evaluation is not None and window is None and deputy == cast.deputy:
            mentorships.open_window(
                user=cast.mentor,
                public_id=mentorship.public_id,
                starts_on=today(),
                ends_on=today(),
            )
        elif window is not None:
            mentorships.assign(
                user=cast.coordinator,
                public_id=mentorship.public_id,
                role="deputy_mentor",
                person=cast.deputy2 if deputy == cast.deputy else cast.deputy,
                reason="Left",
            )
        else:
            if deputy == cast.deputy2:
                mentorships.assign(
                    user=cast.coordinator,
                    public_id=mentorship.public_id,
                    role="deputy_mentor",
                    person=cast.deputy,
                    reason="Back",
                )
            evaluations.start_evaluation(
                user=cast.mentor,
                mentorship_id=mentorship.public_id,
                kind="interim",
                talk_on=today() + timedelta(days=7),
            )
        return
    own = sheet_of(evaluation, "mentor")
    theirs = sheet_of(evaluation, "mentee")
    known = {"evaluation_id": evaluation.public_id}
    if evaluation.state == "draft":
        if evaluation.observed_on is None:
            evaluations.change_details(
                user=cast.mentor,
                revision=evaluation.revision,
                talk_on=evaluation.talk_on,
                observed_on=today(),
                situation=mark(),
                **known,
            )
        elif own is None or (own.revision < 3 and not own.is_shared):
            save_sheet(cast.mentor, evaluation, "mentor", mark())
        elif theirs is None and not evaluation.is_correction:
            save_sheet(cast.mentee, evaluation, "mentee", mark())
        else:
            evaluations.share_sheet(user=cast.mentee if own.is_shared else cast.mentor, **known)
    elif evaluation.state == "shared":
        if not own.is_shared:
            if own.revision < 5:
                save_sheet(cast.mentor, evaluation, "mentor", mark())
            else:
                evaluations.share_sheet(user=cast.mentor, **known)
        elif own.revision < 5 and not evaluation.is_correction:
            evaluations.take_back_sheet(user=cast.mentor, reason="A slip", **known)
        elif evaluation.revision < 4:
            save_talk(cast, evaluation, mark())
        else:
            sign(cast.mentor, evaluation)
    elif evaluation.state == "signed":
        role = unsigned_roles(evaluation.signatures.all())[0]
        sign(cast.manager if role == "line_manager" else cast.mentee, evaluation)
    else:
        evaluations.start_correction(user=cast.mentor, reason="Wrong level", **known)
