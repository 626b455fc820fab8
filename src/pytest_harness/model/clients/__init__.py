"""Clients of vendors: over pydantic-ai, and over Ollama's own library; imported when first used."""
