"""Reports of errors, which Django mails to those who run the site: without what people wrote."""

from functools import cache

from django.views.debug import get_default_exception_reporter_filter


@cache
def _filter_class(base):
    class RecordFilter(base):
        """The site's own filter, which besides hides every posted value and every variable."""

        def get_post_parameters(self, request):
            """Only the names of what was posted."""
            if not self.is_active(request):
                return super().get_post_parameters(request)
            return dict.fromkeys(request.POST, self.cleansed_substitute)

        def get_traceback_frame_variables(self, request, tb_frame):
            """Only the names of the variables."""
            if not self.is_active(request):
                return super().get_traceback_frame_variables(request, tb_frame)
            return [(name, self.cleansed_substitute) for name in tb_frame.f_locals]

    return RecordFilter


def hide_words(request) -> None:
    """Let reports of errors of this request hold nothing that somebody wrote."""
    request.exception_reporter_filter = _filter_class(
        type(get_default_exception_reporter_filter())
    )()
