"""Servers of one's own: which models they have, which they hold in memory, and what is missing."""
