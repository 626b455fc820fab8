"""Tests that drive real agent programs against the scripted model."""
