"""Live sound: from a microphone to its score, and what is played in answer."""
