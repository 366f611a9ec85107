"""Models over REST: files that are judged, and models that are registered."""
