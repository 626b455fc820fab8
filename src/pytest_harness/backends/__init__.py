"""What edits workspaces: one protocol, one module for each provider."""
