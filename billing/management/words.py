"""Months and numbers, as the operator's commands read and write them."""

from argparse import ArgumentTypeError
from datetime import UTC, date, datetime


def month(text: str) -> date:
    """The first day of the month; what is none is refused with how one is written."""
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date()
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no month: write one as 2026-10") from error


def counted(many: int, noun: str) -> str:
    """As in 1 statement, 2 statements."""
    return f"{many:,} {noun}" if many == 1 else f"{many:,} {noun}s"
