"""Skeleton."""

from .base import MentorshipBaseView


class ProgressView(MentorshipBaseView):
    """Skeleton."""


class CompetencyView(MentorshipBaseView):
    """Skeleton."""
