"""Kill writers and let them race: what is half-saved or lost of evaluations.

Three experiments on a database of their own, made for the occasion and removed afterwards:

kills     a process works through evaluations without pause, and is killed (SIGKILL) at a random
          moment; then every record is held against its history and the rules, and the next
          process goes on from there;
saves     several processes save the same text, each on the revision that it has read;
signing   many processes sign the same evaluation at the same moment, round after round.

SQLite has the options of the demonstration. With MENTORSHIP_DB=postgres the variables PGHOST and so
on name a PostgreSQL server, on which a database is made. Exits with 1 when a figure is not as it
should be.
"""

import argparse
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
import uuid
from collections import Counter
from datetime import timedelta

#: Processes are forked, so that each begins at once; no connection is open at that moment.
FORK = multiprocessing.get_context("fork")
#: How long after a writer is ready it is killed, in seconds; on a slow or busy machine the latest
#: moment is later, so that a writer has the time for some acts.
EARLIEST, LATEST = 0.02, 0.25
ACTS_BEFORE_A_KILL = 12
#: After so many kills another mentorship is begun.
KILLS_A_MENTORSHIP = 20


def arguments():
    """What the experiments are made of."""
    parser = argparse.ArgumentParser(
        prog="./run endure", description="Kills and races while evaluations are saved and signed."
    )
    parser.add_argument("--kills", type=int, default=200, help="writers to kill (200)")
    parser.add_argument("--saves", type=int, default=500, help="parallel saves (500)")
    parser.add_argument("--processes", type=int, default=8, help="processes that save (8)")
    parser.add_argument("--signers", type=int, default=16, help="processes that sign at once (16)")
    parser.add_argument("--rounds", type=int, default=50, help="rounds of signing (50)")
    parser.add_argument("--seed", type=int, default=1, help="of the random moments (1)")
    return parser.parse_args()


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

        for name in ("mentee", "mentor", "deputy", "deputy2", "manager", "coordinator"):
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
        """A new mentorship of these people."""
        from mentorship_cms.permissions import today
        from mentorship_cms.services.mentorships import create_mentorship

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


# -- What may not be found


def half_saved(mentorship):
    """Everything in a mentorship that is not as one act after the other leaves it."""
    found = [f"mentorship: {problem}" for problem in people_problems(mentorship)]
    for evaluation in mentorship.evaluations.order_by("pk"):
        found += [f"evaluation {evaluation.pk}: {p}" for p in evaluation_problems(evaluation)]
    return found


def same(row, historical, *names):
    """Whether a record says the same as a row of its history."""
    names = names or [field.attname for field in row._meta.concrete_fields]
    return all(getattr(row, name) == getattr(historical, name) for name in names)


def people_problems(mentorship):
    """What is wrong with the people and the windows."""
    for role in ("mentee", "mentor", "line_manager", "deputy_mentor"):
        if mentorship.assignments.filter(role=role, ended_at__isnull=True).count() != 1:
            yield f"not one {role}"
    for rows in (mentorship.assignments.all(), mentorship.deputy_windows.all()):
        for row in rows:
            last = row.history.first()
            if last is None or not same(row, last):
                yield f"{row._meta.model_name} {row.pk} differs from its history"


def evaluation_problems(evaluation):
    """What is wrong with an evaluation."""
    from mentorship_cms.models import ActionOutcome, ActionPoint, Signature
    from mentorship_cms.services.content import is_intact

    rows = list(evaluation.history.order_by("history_id"))
    if not rows or rows[0].history_type != "+" or rows[0].act not in ("start", "correct"):
        yield "no row of history for its beginning"
        return
    kept = ("state", "kind", "talk_on", "observed_on", "situation", "digest")
    kept += ("version_fixed_at", "shared_at", "signed_at", "closed_at")
    frozen = evaluation.state in ("signed", "closed")
    if not same(evaluation, rows[-1], *(() if frozen else kept)):
        yield "differs from its history"
    sheets = list(evaluation.sheets.all())
    for sheet in sheets:
        for problem in sheet_problems(sheet):
            yield f"sheet of the {sheet.side}: {problem}"
    shared = {sheet.side for sheet in sheets if sheet.is_shared}
    if bool(shared) and evaluation.version_fixed_at is None:
        yield "shared without a fixed version"
    if evaluation.state == "draft" and shared >= {"mentor", "mentee"}:
        yield "both sheets shared and not revealed"
    # The talk: one word in all its places.
    points, outcomes = list(evaluation.action_points.all()), list(evaluation.outcomes.all())
    words = {evaluation.conclusion, evaluation.needs}
    words |= {point.text.split()[0] for point in points}
    words |= {outcome.note for outcome in outcomes}
    if len(words) > 1 or (evaluation.conclusion and len(points) != 2):
        yield "half a talk"
    if evaluation.is_correction:
        old = evaluation.corrects
        if len(points) != old.action_points.count():
            yield "not all action points copied"
        if [sheet.side for sheet in sheets] != ["mentor"]:
            yield "no copy of the sheet"
    # Signatures.
    signatures = {row.role: row for row in evaluation.signatures.all()}
    if frozen != ("mentor" in signatures) or (evaluation.state == "closed") != (
        len(signatures) == 3
    ):
        yield "state and signatures differ"
    if frozen and not is_intact(evaluation):
        yield "the digest is not that of the content"
    for signature in signatures.values():
        if signature.digest != evaluation.digest:
            yield "signature of something else"
    for model, items in (
        (Signature, signatures.values()),
        (ActionPoint, points if frozen else ()),
        (ActionOutcome, outcomes if frozen else ()),
    ):
        told = list(model.history.filter(evaluation_id=evaluation.pk).values_list("id", "act"))
        if sorted(told) != sorted((item.pk, "sign") for item in items):
            yield f"rows of history for {model._meta.model_name}: {len(told)}, not {len(items)}"


def sheet_problems(sheet):
    """What is wrong with a sheet and its ratings."""
    ratings = list(sheet.ratings.select_related("competency", "level"))
    if len(ratings) != sheet.framework_version.competencies.count():
        yield f"{len(ratings)} ratings"
    if {rating.remark for rating in ratings} != {sheet.remark}:
        yield "half a save"
    if len({rating.revision for rating in ratings}) > 1:
        yield "revisions that differ"
    for rating in ratings:
        if {rating.competency.version_id, rating.level.version_id} != {sheet.framework_version_id}:
            yield "a rating on another version"
    last = sheet.history.order_by("history_id").last()
    if sheet.is_shared != (last is not None and last.act == "share"):
        yield "state and history differ"
    if not sheet.is_shared:
        return
    if not same(sheet, last):
        yield "differs from its history"
    for rating in ratings:
        told = rating.history.order_by("history_id").last()
        if told is None or not same(rating, told, "answer", "level_id", "remark"):
            yield "a rating differs from its history"


# -- The experiments


def experiment_kills(cast, options):
    """Kill writers; return what is wrong."""
    from mentorship_cms.models import Evaluation, Mentorship

    moments = random.Random(options.seed)
    found, mentorship = [], cast.mentorship()
    began = time.monotonic()
    for _act in range(ACTS_BEFORE_A_KILL):
        go_on(cast, mentorship)
    latest = max(LATEST, time.monotonic() - began)
    acts_before = acts_on_evaluations()
    for number in range(options.kills):
        if number % KILLS_A_MENTORSHIP == 0:
            mentorship = cast.mentorship()
        disconnect()
        ready, tell = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(ready)
            work_until_killed(cast, mentorship.pk, tell)
        os.close(tell)
        if os.read(ready, 1):
            time.sleep(moments.uniform(EARLIEST, latest))
        os.close(ready)
        os.kill(child, signal.SIGKILL)
        _pid, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            found.append("a writer stopped by itself")
        wrong = half_saved(Mentorship.objects.get(pk=mentorship.pk))
        found += [f"kill {number + 1}: {problem}" for problem in wrong]
    # Once more over everything, for what a later writer did to earlier records.
    for each in Mentorship.objects.order_by("pk"):
        found += [f"in the end: {problem}" for problem in half_saved(each)]
    states = Counter(Evaluation.objects.values_list("state", flat=True))
    acts = acts_on_evaluations() - acts_before
    if options.kills and not acts:
        found.append("no writer did anything before it was killed: this says nothing")
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    print(f"  kill -9 at {options.kills} moments, {EARLIEST * 1000:.0f} to {latest * 1000:.0f} ms")
    print(f"  after the writer began; evaluations: {told}; acts on them: {acts}")
    print(f"  half-saved: {len(found)}")
    return found


def acts_on_evaluations():
    """How many acts there were."""
    from mentorship_cms.models import Evaluation, Sheet, Signature

    found = set()
    for model in (Evaluation, Sheet, Signature):
        found.update(model.history.values_list("change_set", flat=True))
    return len(found)


def work_until_killed(cast, mentorship_id, tell):
    """Work through evaluations without end: what a writer does."""
    from mentorship_cms.models import Mentorship

    try:
        random.seed()
        mentorship = Mentorship.objects.get(pk=mentorship_id)
        os.write(tell, b".")
        while True:
            go_on(cast, mentorship)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def experiment_saves(cast, options):
    """Let processes save one text at once; return what is wrong."""
    from mentorship_cms.permissions import today
    from mentorship_cms.services import evaluations
    from mentorship_cms.services.sheets import ratings_of, sheet_of

    evaluation = evaluations.start_evaluation(
        user=cast.mentor,
        mentorship_id=cast.mentorship().public_id,
        kind="interim",
        talk_on=today() + timedelta(days=7),
    )
    save_sheet(cast.mentor, evaluation, "mentor", "the first")
    key = evaluation.framework_version.content.competencies[0].key
    first = ratings_of(sheet_of(evaluation, "mentor"))[key].revision
    share, rest = divmod(options.saves, options.processes)
    results = FORK.Queue()
    disconnect()
    workers = [
        FORK.Process(
            target=save_often, args=(cast, evaluation, key, share + (place < rest), results)
        )
        for place in range(options.processes)
    ]
    for worker in workers:
        worker.start()
    accepted, refused, waited, found = [], 0, 0, []
    for _worker in workers:
        saved, stale, busy, problems = results.get(timeout=1800)
        accepted += saved
        refused += stale
        waited += busy
        found += problems
    for worker in workers:
        worker.join()
    final = ratings_of(sheet_of(evaluation, "mentor"))[key]
    texts = {after: text for _before, after, text in accepted}
    if len(accepted) != options.saves:
        found.append(f"{len(accepted)} accepted of {options.saves}")
    if final.revision != first + len(accepted):
        found.append(f"revision {final.revision} after {len(accepted)} accepted saves")
    # Each accepted text is there, or was replaced by a save that was based on it.
    followed = {before for before, _after, _text in accepted}
    lost = [
        text
        for _before, after, text in accepted
        if texts[after] != text or (after not in followed and final.remark != text)
    ]
    print(f"  {options.saves} saves by {options.processes} processes: {len(accepted)} accepted,")
    print(
        f"  {refused} refused with both texts, {waited} that found the database busy for too long,"
    )
    print(f"  all of them tried again; accepted texts lost: {len(lost)}")
    return found + [f"lost: {text}" for text in lost]


def save_often(cast, evaluation, key, times, results):
    """Save a text a number of times; a refused one is read, and saved again."""
    from django.db import OperationalError

    from mentorship_cms.services.errors import StaleError
    from mentorship_cms.services.sheets import Entry, ratings_of, save_entries, sheet_of

    accepted, refused, busy, problems = [], 0, 0, []
    try:
        while len(accepted) < times:
            text = mark()
            before = ratings_of(sheet_of(evaluation, "mentor"))[key].revision
            time.sleep(random.uniform(0, 0.01))
            try:
                saved = save_entries(
                    user=cast.mentor,
                    evaluation_id=evaluation.public_id,
                    language="nl",
                    entries=[Entry(key, "not_observed", remark=text, revision=before)],
                )
            except StaleError as error:
                refused += 1
                if error.stored[key].remark in (text, ""):
                    problems.append("refused without the other text")
            except OperationalError as error:
                if "locked" not in str(error):
                    raise
                busy += 1
            else:
                accepted.append((before, saved.revisions[key], text))
    except Exception as error:
        problems.append(f"a process that saves stopped: {error!r}")
    results.put((accepted, refused, busy, problems))
    disconnect()


def experiment_signing(cast, options):
    """Let processes sign at once, round after round; return what is wrong."""
    from mentorship_cms.models import Signature
    from mentorship_cms.services import evaluations

    mentorship = cast.mentorship()
    barrier = FORK.Barrier(options.signers)
    lines = [FORK.Pipe() for _place in range(options.signers)]
    disconnect()
    workers = [
        FORK.Process(target=sign_on_call, args=(cast, barrier, line), daemon=True)
        for _ours, line in lines
    ]
    for worker in workers:
        worker.start()
    found, answers = [], Counter()
    for number in range(options.rounds):
        evaluation = evaluations.start_evaluation(
            user=cast.mentor,
            mentorship_id=mentorship.public_id,
            kind="extra",
            talk_on=mentorship.starts_on,
        )
        while evaluation.state != "shared" or evaluation.revision < 4:
            go_on(cast, mentorship)
            evaluation.refresh_from_db()
        for names in (("mentor",), ("manager", "mentee")):
            for place, (ours, _line) in enumerate(lines):
                ours.send((names[place % len(names)], evaluation.pk))
            told = Counter(ours.recv() for ours, _line in lines)
            answers += told
            if told["signed"] != len(names) or told["failed"]:
                found.append(f"round {number + 1}: {dict(told)}")
        signed = Counter(
            Signature.objects.filter(evaluation=evaluation).values_list("role", flat=True)
        )
        if signed != Counter(mentor=1, line_manager=1, mentee=1):
            found.append(f"round {number + 1}: signatures {dict(signed)}")
        evaluation.refresh_from_db()
        found += [f"round {number + 1}: {p}" for p in evaluation_problems(evaluation)]
    for ours, _line in lines:
        ours.send(None)
    for worker in workers:
        worker.join()
    print(f"  {options.signers} processes sign at once, {options.rounds} rounds of two:")
    told = ", ".join(f"{count} {answer}" for answer, count in sorted(answers.items()))
    print(f"  {told}; roles signed twice or not at all: {len(found)}")
    return found


def sign_on_call(cast, barrier, line):
    """Sign each evaluation that comes in, at the same moment as the others."""
    from django.core.exceptions import ValidationError
    from django.db import OperationalError

    from mentorship_cms.models import Evaluation

    while (order := line.recv()) is not None:
        name, evaluation_id = order
        evaluation = Evaluation.objects.get(pk=evaluation_id)
        user = getattr(cast, name)
        barrier.wait()
        try:
            sign(user, evaluation)
            answer = "signed"
        except ValidationError:
            answer = "refused"
        except OperationalError as error:
            answer = "busy" if "locked" in str(error) else "failed"
        except Exception:
            traceback.print_exc()
            answer = "failed"
        line.send(answer)
    disconnect()


def main():
    """Run the experiments; return the exit code."""
    options = arguments()
    database = Database()
    try:
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        began = time.monotonic()
        call_command("migrate", verbosity=0)
        cast = Cast()
        if connection.vendor == "postgresql":
            version = connection.pg_version // 10_000
        else:
            version = connection.Database.sqlite_version
        print(f"{connection.display_name} {version}, ready in {time.monotonic() - began:.0f} s")
        found = []
        for experiment in (experiment_kills, experiment_saves, experiment_signing):
            began = time.monotonic()
            found += experiment(cast, options)
            print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
        disconnect()
    finally:
        database.remove()
    for problem in found[:20]:
        print("wrong:", problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
