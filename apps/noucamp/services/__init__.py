"""Writes: each is one transaction, committed before anybody is answered."""
