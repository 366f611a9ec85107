"""What is counted, as the organisation tells it and reads it."""
