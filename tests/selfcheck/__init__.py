"""Oracles: what they say of targets, and what becomes of each trick."""
