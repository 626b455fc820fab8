"""The built-in agent for plain models: a loop, tools, formats, reviews, and clients of vendors."""
