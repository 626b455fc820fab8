"""GitHub Copilot CLI: its program, its Python SDK, and its logs of past sessions."""
