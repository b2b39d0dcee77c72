"""Skeleton."""

from .base import MentorshipBaseView, WorkspaceView


class ListView(WorkspaceView):
    """Skeleton."""


class AddView(WorkspaceView):
    """Skeleton."""


class MentorshipView(MentorshipBaseView):
    """Skeleton."""


class FrameView(MentorshipBaseView):
    """Skeleton."""


class PeopleView(MentorshipBaseView):
    """Skeleton."""


class EndView(MentorshipBaseView):
    """Skeleton."""


class WindowsView(MentorshipBaseView):
    """Skeleton."""


class CloseWindowView(MentorshipBaseView):
    """Skeleton."""


class StartEvaluationView(MentorshipBaseView):
    """Skeleton."""
