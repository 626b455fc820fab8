"""The suites that ship, as a user runs them."""
