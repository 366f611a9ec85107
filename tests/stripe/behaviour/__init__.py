"""What the stand-in does, and what it refuses."""
