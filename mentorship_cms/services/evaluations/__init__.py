"""Acts on an evaluation, in the order in which they happen.

Each is one transaction with one row of history for each changed record. Each raises
``NotVisible`` for who has no right to it, and ``ValidationError`` when it cannot be done, or not
any more.
"""

from .correcting import start_correction, superseded
from .sharing import reveal_without_mentee, share_sheet, take_back_sheet
from .signing import missing_from, obstacles, record_missing, sign
from .starting import change_details, discard, move_to_newest, start_evaluation
from .talk import Point, keep_talk_text, open_points, save_talk, unsettled_points

__all__ = [
    "Point",
    "change_details",
    "discard",
    "keep_talk_text",
    "missing_from",
    "move_to_newest",
    "obstacles",
    "open_points",
    "record_missing",
    "reveal_without_mentee",
    "save_talk",
    "share_sheet",
    "sign",
    "start_correction",
    "start_evaluation",
    "superseded",
    "take_back_sheet",
    "unsettled_points",
]
