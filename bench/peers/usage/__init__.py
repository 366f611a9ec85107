"""What the typical stack keeps of each call."""
