"""What happens at the event, one module for each act."""
