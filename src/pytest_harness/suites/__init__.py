"""Suites of targets that ship: a project runs one by importing all of it into a test module."""
