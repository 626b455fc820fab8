"""Claude Code: its program, and the vendor's Python SDK around it."""
