"""Measurements of the pages, as a small app with a bare page to compare with."""
