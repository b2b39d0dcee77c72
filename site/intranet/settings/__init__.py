"""Settings: base is shared, demo serves the demonstration, test runs the tests."""
