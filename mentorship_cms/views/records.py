"""What goes to paper or to a file: a blank form, and the mentee's own record."""

from django.http import JsonResponse

from ..permissions import NotVisible
from ..services.own_record import file_of, own_record
from .base import MentorshipBaseView

#: Says nothing of whose record it is.
FILE_NAME = "mentoring-record.json"


class PaperView(MentorshipBaseView):
    """A blank form of the framework that is published now, for where there is no screen."""

    def is_allowed(self):
        return self.access.may_read_record

    def get(self, request, **kwargs):
        framework = self.mentorship.framework
        version = framework.versions.order_by("-number").first()
        if version is None:
            raise NotVisible
        if not framework.live:
            return self.render("paper_offline")
        return self.render("paper", version=version, content=version.content)


class RecordView(MentorshipBaseView):
    """The mentee's own record on one page."""

    def is_allowed(self):
        return self.access.is_mentee

    def get(self, request, **kwargs):
        return self.render("record", record=own_record(self.access))


class RecordFileView(MentorshipBaseView):
    """The mentee's own record as a file; its structure stands in docs/record-file.md."""

    def is_allowed(self):
        return self.access.is_mentee

    def get(self, request, **kwargs):
        return JsonResponse(
            file_of(own_record(self.access)),
            json_dumps_params={"ensure_ascii": False, "indent": 2},
            content_type="application/json; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{FILE_NAME}"',
                "X-Content-Type-Options": "nosniff",
            },
        )
