"""`make demo`: a live event, played through the public API and the generated client alone."""
