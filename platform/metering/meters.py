"""Meter names: what a usage row counts, and what a statement bills by."""

from enum import StrEnum


class Meter(StrEnum):
    MAU = "mau"
    EFFECTS = "effects"
