"""Codex: its command line, its server for editors, and its Python SDK."""
