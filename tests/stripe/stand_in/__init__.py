"""Stripe's API on loopback, as strict as Stripe, in memory: see tests/stripe/README.md."""
