"""Tests of the demo intranet."""
