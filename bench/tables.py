"""What was measured, and how it is printed."""

import statistics
from dataclasses import dataclass, field

#: The headings of ``columns``.
COLUMNS = ("ratio", "(quartiles)", "queries", "more", "bytes", "ms", "bare ms")


@dataclass
class Line:
    """What was measured of one page, for one kind of person and view, in one situation."""

    ratios: list = field(default_factory=list)
    times: list = field(default_factory=list)
    bare_times: list = field(default_factory=list)
    queries: int = 0
    bare_queries: int = 0
    size: int = 0

    @property
    def more(self):
        """How many queries the page needs beyond those of the bare page."""
        return self.queries - self.bare_queries

    @property
    def ratio(self):
        """The median of how many times the bare page's time the page takes."""
        return statistics.median(self.ratios)


def columns(line):
    """The measured columns of a line."""
    low, _, high = statistics.quantiles(line.ratios, n=4)
    return [
        f"{line.ratio:.2f}",
        f"({low:.2f}–{high:.2f})",
        line.queries,
        f"{line.more:+d}",
        line.size,
        f"{statistics.median(line.times):.1f}",
        f"{statistics.median(line.bare_times):.1f}",
    ]


def judgement(misses):
    """Whether the aims hold in a line."""
    return "no: " + ", ".join(misses) if misses else "yes"


def growth(before, after):
    """How many times as long something takes in the large database."""
    return f"{statistics.median(after) / statistics.median(before):.2f}"


def print_table(headings, rows):
    """Print rows beneath headings, numbers to the right."""
    cells = [[str(cell) for cell in row] for row in [headings, *rows]]
    widths = [max(len(row[place]) for row in cells) for place in range(len(headings))]
    for row in cells:
        line = [
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(row, widths, numeric(cells), strict=True)
        ]
        print("  ".join(line).rstrip())
        if row is cells[0]:
            print("  ".join("-" * width for width in widths))


def numeric(cells):
    """Which columns hold numbers."""
    return [
        column[0].lstrip("+-").replace(".", "").isdigit() for column in zip(*cells[1:], strict=True)
    ]
