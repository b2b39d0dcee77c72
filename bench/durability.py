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
import signal
import sys
import time
import traceback
from collections import Counter
from datetime import timedelta

from .durability_checks import evaluation_problems, half_saved
from .durability_world import Cast, Database, disconnect, go_on, mark, save_sheet, sign

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
