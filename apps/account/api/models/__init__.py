"""What is done with registered models and with what other families hold: clips, and tracks."""
