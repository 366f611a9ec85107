"""Exact limits: rates, rolling windows and leases, decided in one atomic step in Redis."""
