"""The acts that the world does by the services, with arguments in the terms of the oracle."""

import uuid
from datetime import timedelta

from mentorship_cms.models import Evaluation
from mentorship_cms.models.evaluations import LONGEST_TEXT
from mentorship_cms.services import evaluations, mentorships, sheets
from mentorship_cms.services.content import digest_of
from tests.machine.oracle import FIRST_DAY, ROLES, OSheet


def day(offset):
    """The date that is ``offset`` days after the first."""
    return None if offset is None else FIRST_DAY.date() + timedelta(days=offset)


class Acts:
    """What anybody may try. Each act is compared with the oracle by ``do``, which the world has."""

    def right(self, role):
        """Who has ``role`` now, or stands in for it."""
        if role == "mentor":
            deputy = self.oracle.people.get("deputy")
            return deputy if self.oracle.in_window(deputy) else self.oracle.people["mentor"]
        return self.oracle.people.get(role, role)

    def start(self, who, kind, talk):
        return self.do(
            "start",
            who,
            kind,
            talk,
            call=lambda user: evaluations.start_evaluation(
                user=user, mentorship_id=self.oracle.id, kind=kind, talk_on=day(talk)
            ),
        )

    def details(self, who, e, talk, observed, situation, *, stale=False):
        revision = e.revision - stale
        return self.do(
            "details",
            who,
            e,
            revision,
            talk,
            observed,
            situation,
            call=lambda user: evaluations.change_details(
                user=user,
                evaluation_id=e.id,
                revision=revision,
                talk_on=day(talk),
                observed_on=day(observed),
                situation=situation,
            ),
        )

    def save(self, who, e, entries, general=None, fault=None):
        sheet = e.sheets.get(self.oracle.side(e, who)) or OSheet(version=e.version)
        keys, levels = self.oracle.versions[sheet.version]
        rows = []
        for slot, (answer, level, remark) in entries.items():
            rating = sheet.ratings.get(keys[slot])
            rows.append(
                sheets.Entry(
                    key=keys[slot],
                    answer=answer,
                    level_key=levels[level % len(levels)] if answer == "level" else "",
                    remark=remark,
                    revision=(rating[3] if rating else 0) - (fault == "stale"),
                )
            )
        if general is not None:
            revision = sheet.revision - (fault == "stale")
            rows.append(sheets.Entry("", None, remark=general, revision=revision))
        wrong = {
            "foreign": sheets.Entry(str(uuid.UUID(int=9)), "not_observed"),
            "level": sheets.Entry(keys[0], "level", str(uuid.UUID(int=9))),
            "answer": sheets.Entry(keys[0], "perhaps"),
            "long": sheets.Entry(keys[0], "not_observed", remark="x" * (LONGEST_TEXT + 1)),
        }
        if fault in wrong:
            rows = [row for row in rows if row.key != wrong[fault].key] + [wrong[fault]]
        return self.do(
            "save",
            who,
            e,
            entries,
            general,
            fault,
            call=lambda user: sheets.save_entries(
                user=user, evaluation_id=e.id, language="nl", entries=rows
            ),
        )

    def share(self, who, e, incomplete=False):
        return self.do(
            "share",
            who,
            e,
            incomplete,
            call=lambda user: evaluations.share_sheet(
                user=user, evaluation_id=e.id, incomplete=incomplete
            ),
        )

    def take_back(self, who, e, reason):
        return self.do(
            "take_back",
            who,
            e,
            reason,
            call=lambda user: evaluations.take_back_sheet(
                user=user, evaluation_id=e.id, reason=reason
            ),
        )

    def reveal(self, who, e):
        return self.do(
            "reveal",
            who,
            e,
            call=lambda user: evaluations.reveal_without_mentee(user=user, evaluation_id=e.id),
        )

    def talk(self, who, e, conclusion, *, keep=True, agree=False, outcome="", fault=None):
        asked = self.oracle.open_points(e)
        revision = e.revision - (fault == "stale")
        self.oracle.texts += 1
        text = f"Point {self.oracle.texts}" if agree else ""
        points = [
            evaluations.Point(text=old, owner="mentee", public_id=public_id)
            for public_id, old in e.points.items()
            if keep
        ]
        if text:
            points.append(evaluations.Point(text=text, owner="mentor"))
        if fault == "blank":
            points.append(evaluations.Point(text=" ", owner="mentor"))
        if fault == "gone":
            points.append(evaluations.Point(text="x", owner="mentor", public_id=uuid.UUID(int=9)))
        if fault == "foreign":
            key = str(uuid.UUID(int=9))
            points.append(evaluations.Point(text="x", owner="mentor", competency_keys=(key,)))
        if fault == "owner":
            points.append(evaluations.Point(text="x", owner="coordinator"))
        return self.do(
            "talk",
            who,
            e,
            conclusion,
            keep,
            text,
            outcome,
            fault,
            call=lambda user: evaluations.save_talk(
                user=user,
                evaluation_id=e.id,
                revision=revision,
                conclusion=conclusion,
                needs="",
                points=points,
                outcomes={next(iter(asked)): (outcome, "")} if outcome and asked else {},
            ),
        )

    def sign(self, who, e, *, seen=True, disagrees=False):
        digest = digest_of(Evaluation.objects.get(public_id=e.id)) if seen else "0" * 64
        return self.do(
            "sign",
            who,
            e,
            seen,
            disagrees,
            call=lambda user: evaluations.sign(
                user=user, evaluation_id=e.id, seen_digest=digest, disagrees=disagrees
            ),
        )

    def missing(self, who, e, role, verdict, reason):
        return self.do(
            "missing",
            who,
            e,
            role,
            verdict,
            reason,
            call=lambda user: evaluations.record_missing(
                user=user,
                evaluation_id=e.id,
                role=ROLES.get(role, role),
                verdict=verdict,
                reason=reason,
            ),
        )

    def correct(self, who, e, reason):
        return self.do(
            "correct",
            who,
            e,
            reason,
            call=lambda user: evaluations.start_correction(
                user=user, evaluation_id=e.id, reason=reason
            ),
        )

    def discard(self, who, e, reason):
        return self.do(
            "discard",
            who,
            e,
            reason,
            call=lambda user: evaluations.discard(user=user, evaluation_id=e.id, reason=reason),
        )

    def move(self, who, e):
        return self.do(
            "move",
            who,
            e,
            call=lambda user: evaluations.move_to_newest(user=user, evaluation_id=e.id),
        )

    def assign(self, who, role, person, reason=""):
        return self.do(
            "assign",
            who,
            role,
            person,
            reason,
            call=lambda user: mentorships.assign(
                user=user,
                public_id=self.oracle.id,
                role=ROLES.get(role, role),
                person=self.users[person] if person else None,
                reason=reason,
            ),
        )

    def open_window(self, who, first, last, reason=""):
        return self.do(
            "open_window",
            who,
            first,
            last,
            reason,
            call=lambda user: mentorships.open_window(
                user=user,
                public_id=self.oracle.id,
                starts_on=day(first),
                ends_on=day(last),
                reason=reason,
            ),
        )

    def close_window(self, who, window):
        return self.do(
            "close_window",
            who,
            window,
            call=lambda user: mentorships.close_window(
                user=user,
                public_id=self.oracle.id,
                window_id=window.id if window else uuid.UUID(int=9),
            ),
        )

    def end(self, who, reason=""):
        return self.do(
            "end",
            who,
            reason,
            call=lambda user: mentorships.end_mentorship(
                user=user, public_id=self.oracle.id, reason=reason
            ),
        )

    def describe(self, who, stage):
        return self.do(
            "describe",
            who,
            stage,
            call=lambda user: mentorships.describe_mentorship(
                user=user, public_id=self.oracle.id, stage=stage
            ),
        )

    def create(self, who, people):
        return self.do(
            "create",
            who,
            people,
            call=lambda user: mentorships.create_mentorship(
                user=user,
                framework=self.framework,
                context="newcomer",
                starts_on=day(0),
                people={ROLES[role]: self.users[name] for role, name in people.items()},
            ),
        )

    def onwards(self):
        """Do what comes next in the order of acts."""
        oracle = self.oracle
        e = oracle.evaluations[-1] if oracle.evaluations else None
        mentor, mentee = self.right("mentor"), self.right("mentee")
        full = {0: ("level", 0, "Well done"), 1: ("level", 1, "")}
        if e is None or e.state == "discarded" or (e.state == "closed" and e.corrects is not None):
            kind = "final" if any(x.kind == "interim" for x in oracle.evaluations) else "interim"
            return self.start(mentor, kind, oracle.day + 7)
        if e.state == "closed":
            return self.correct(mentor, e, "Wrong day")
        if e.state == "signed":
            return self.sign(self.right("mentee" if "manager" in e.signatures else "manager"), e)
        for who, side in ((mentor, "mentor"), (mentee, "mentee")):
            if side not in e.sheets and e.state == "draft" and e.corrects is None:
                return self.save(who, e, full, "Altogether")
            if side == "mentor" and e.observed is None:
                return self.details(who, e, e.talk, oracle.day, "At breakfast")
        for who, side in ((mentor, "mentor"), (mentee, "mentee")):
            if side in e.sheets and not e.sheets[side].shared:
                return self.share(who, e, True)
        if not e.conclusion:
            return self.talk(mentor, e, "Grows", agree=True, outcome="done")
        return self.sign(mentor, e)
