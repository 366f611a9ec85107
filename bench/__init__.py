"""Figures of the platform, each measured against a peer in the same run."""
