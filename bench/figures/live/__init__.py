"""Live sound, from a microphone's frame to its score."""
