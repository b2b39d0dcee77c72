"""Skeleton."""

from .base import WorkspaceView


class HomeView(WorkspaceView):
    """Skeleton."""
