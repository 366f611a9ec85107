"""Starts what the suite needs before Django's settings are read."""
