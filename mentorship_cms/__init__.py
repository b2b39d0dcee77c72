"""A mentoring project inside a Wagtail intranet: pages, framework, roles and evaluations."""

__version__ = "0.1.0"
