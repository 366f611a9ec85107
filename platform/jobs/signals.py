"""What the ledger tells those above it."""

from django.dispatch import Signal

refund_due = Signal()
"""Sent with `job: Job`, whose charges are due to be given back, after the commit.

A process may be killed before that: `queries.refunds_due` finds every job that
`services.refunded` has not ended.
"""
