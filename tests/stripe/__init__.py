"""A strict, stateful stand-in for Stripe, and the contract that it and Stripe both keep."""
