"""The backend `model` in a session: options, names, formats, reviews, local models."""
