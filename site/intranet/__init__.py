"""A demo intranet that hosts the mentoring plugin."""
