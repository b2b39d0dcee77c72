"""What the demonstration adds to the mentoring project that mentorship_setup made."""


def enrich_mentoring():
    """Add demonstration content to the mentoring project; the starter content needs none yet."""
