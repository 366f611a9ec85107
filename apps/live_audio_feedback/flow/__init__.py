"""Adaptive Flow: which track may come next, by the crowd's answer and never against the artist."""
