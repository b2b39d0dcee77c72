"""How a mentee moved from evaluation to evaluation: the overview, and one competency."""

from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from .. import progress
from ..choices import CompetencyKind, OpenedPart, Role, Side
from ..permissions import NotVisible
from ..services.mentorships import record_opening
from ..services.progress_data import progress_of
from .base import MentorshipBaseView


class RecordReaderView(MentorshipBaseView):
    """A page for those who read the record; that somebody opens it is noted for the mentee."""

    def is_allowed(self):
        return self.access.may_read_record

    def get_context(self):
        return super().get_context() | {"mentee": self.access.person(Role.MENTEE)}


class ProgressView(RecordReaderView):
    """All competencies over all signed evaluations, and both views of the last one."""

    def get(self, request, **kwargs):
        found = progress_of(self.access)
        record_opening(self.access, part=OpenedPart.PROGRESS)
        wording = progress.newest_wording(found.moments, self.mentorship.framework_id)
        if wording is None:
            return self.render("progress", moments=[])
        options = self.options_of(request.GET, found.moments, wording)
        shown = {"area": options["area"], "kind": options["kind"]}
        groups = progress.table(found.moments, options["side"], wording, **shown)
        last = progress.last_with_both(found.moments)
        return self.render(
            "progress",
            moments=found.moments,
            wording=wording,
            groups=groups,
            scales=progress.scales(found.moments, options["side"]),
            last=last,
            pairs=progress.pairs(last, **shown) if last else [],
            options=options,
            filters=self.filters(options, found.moments, wording),
        )

    @staticmethod
    def options_of(query, moments, wording) -> dict[str, str]:
        """What the address asks for; what it cannot ask for counts as not asked."""
        areas = {area.key for area in wording.content.areas} | {progress.GONE}
        allowed = {"side": Side.values, "area": areas, "kind": CompetencyKind.values}
        asked = {
            name: query[name] if query.get(name) in values else ""
            for name, values in allowed.items()
        }
        return asked | {"side": asked["side"] or Side.MENTOR}

    @staticmethod
    def filters(options, moments, wording) -> dict[str, list]:
        """The links of each filter: address, label, language of the label, whether it is on."""

        def links(name, choices):
            default = Side.MENTOR if name == "side" else ""
            for value, label, language in choices:
                query = {
                    key: chosen
                    for key, chosen in (options | {name: value}).items()
                    if chosen and (key, chosen) != ("side", Side.MENTOR)
                }
                on = (options[name] or default) == (value or default)
                yield f"?{urlencode(query)}#table", label, language, on

        areas = [
            (area.key, f"{area.code} {area.title}".strip(), wording.language)
            for area in wording.content.areas
        ]
        if progress.gone(moments, wording):
            areas.append((progress.GONE, _("No longer in the framework"), ""))
        used = {competency.kind for competency in wording.content.competencies}
        kinds = [(kind, label, "") for kind, label in CompetencyKind.choices if kind in used]
        return {
            "side": list(
                links(
                    "side",
                    [
                        (Side.MENTOR, _("As the mentor saw it"), ""),
                        (Side.MENTEE, _("As the mentee saw it"), ""),
                    ],
                )
            ),
            "area": list(links("area", [("", _("All areas"), ""), *areas])),
            "kind": list(links("kind", [("", _("All kinds"), ""), *kinds])),
        }


class CompetencyView(RecordReaderView):
    """One competency over all signed evaluations, with the words that ratings were given on."""

    def get(self, request, *, key, **kwargs):
        found = progress_of(self.access, key=key)
        key = str(key)
        points = progress.story(found.moments, key)
        if not points:
            raise NotVisible
        record_opening(self.access, part=OpenedPart.PROGRESS)
        wording = progress.newest_wording(found.moments, self.mentorship.framework_id)
        still_there = key in wording.competencies
        if not still_there:
            wording = next(
                point.moment.wording
                for point in reversed(points)
                if key in point.moment.wording.competencies
            )
        area, competency = wording.competencies[key]
        return self.render(
            "progress_competency",
            points=points,
            runs=progress.runs(points),
            bases=list(progress.bases(points, key, found.newest)),
            wording=wording,
            area=area,
            competency=competency,
            still_there=still_there,
        )
