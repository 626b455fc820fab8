"""The tools of a plain model, all confined to the workspace."""
