"""What a real program and its model said to each other: recorded, and played back."""
