"""What success means."""
