"""Skeleton."""

from .base import EvaluationBaseView


class SheetView(EvaluationBaseView):
    """Skeleton."""


class LayoutView(EvaluationBaseView):
    """Skeleton."""


class AllView(EvaluationBaseView):
    """Skeleton."""


class AreaView(EvaluationBaseView):
    """Skeleton."""


class CompetencyView(EvaluationBaseView):
    """Skeleton."""


class RemarkView(EvaluationBaseView):
    """Skeleton."""


class KeepView(EvaluationBaseView):
    """Skeleton."""


class CheckView(EvaluationBaseView):
    """Skeleton."""


class TakeBackView(EvaluationBaseView):
    """Skeleton."""
