"""How a plain model is given its tools: by the vendor's own means, or in text."""
