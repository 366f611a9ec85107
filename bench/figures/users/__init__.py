"""Figures of the month's users: how fast they are counted, and what they take up."""
