"""OpenCode, through ``opencode run``."""
