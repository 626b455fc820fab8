"""Measurements, run by hand; each file says what it prints."""
