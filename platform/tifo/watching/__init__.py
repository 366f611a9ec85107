"""What the platform tells of itself to whoever watches over it."""
