"""Tests of what users import in tests of their own."""
