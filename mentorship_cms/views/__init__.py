"""The mentoring workspace: pages for whoever takes part in a mentorship."""
