"""What a hostile proposal does, and what the loop says of it."""
