"""The example project, as a user runs it."""
