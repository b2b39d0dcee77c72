"""Skeleton."""

from .base import MentorshipBaseView


class PaperView(MentorshipBaseView):
    """Skeleton."""


class RecordView(MentorshipBaseView):
    """Skeleton."""


class RecordFileView(MentorshipBaseView):
    """Skeleton."""
