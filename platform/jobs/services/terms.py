"""How long a worker holds a job, and how often one is tried."""

from datetime import timedelta
from typing import Final

LEASE: Final = timedelta(seconds=6)
MAX_ATTEMPTS: Final = 3
