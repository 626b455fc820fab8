"""Tests of the room that runs processes."""
