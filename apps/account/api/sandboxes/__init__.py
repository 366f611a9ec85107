"""Sandboxes: where billing is tried, with a clock that can be moved."""
