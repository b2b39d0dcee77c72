"""Skeleton."""

from .base import EvaluationBaseView


class EvaluationView(EvaluationBaseView):
    """Skeleton."""


class DetailsView(EvaluationBaseView):
    """Skeleton."""


class DiscardView(EvaluationBaseView):
    """Skeleton."""


class VersionView(EvaluationBaseView):
    """Skeleton."""


class RevealView(EvaluationBaseView):
    """Skeleton."""


class TalkView(EvaluationBaseView):
    """Skeleton."""


class KeepTalkView(EvaluationBaseView):
    """Skeleton."""


class SignView(EvaluationBaseView):
    """Skeleton."""


class MissingView(EvaluationBaseView):
    """Skeleton."""


class CorrectView(EvaluationBaseView):
    """Skeleton."""


class HistoryView(EvaluationBaseView):
    """Skeleton."""
