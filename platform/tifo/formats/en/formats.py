"""ISO 8601, and the zone beside each time: 01/12/2026 is two days, and 10:28 p.m. twenty-four."""

from typing import Final

DATE_FORMAT: Final = "Y-m-d"
TIME_FORMAT: Final = "H:i"
DATETIME_FORMAT: Final = r"Y-m-d H:i \U\T\C"
SHORT_DATE_FORMAT: Final = DATE_FORMAT
SHORT_DATETIME_FORMAT: Final = DATETIME_FORMAT
# The first of each is what a form shows and what its calendar writes.
DATE_INPUT_FORMATS: Final = ["%Y-%m-%d"]
TIME_INPUT_FORMATS: Final = ["%H:%M:%S", "%H:%M:%S.%f", "%H:%M"]
DATETIME_INPUT_FORMATS: Final = [
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%d %H:%M",
]
