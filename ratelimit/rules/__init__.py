"""Limits as pure values: policies, decisions, and the algorithms with time as an argument."""

from ratelimit.rules.decisions import Decision, Member, Outcome
from ratelimit.rules.policies import Charge, Concurrency, Policy, Rate, Window, kept_as, refuses

__all__ = [
    "Charge",
    "Concurrency",
    "Decision",
    "Member",
    "Outcome",
    "Policy",
    "Rate",
    "Window",
    "kept_as",
    "refuses",
]
