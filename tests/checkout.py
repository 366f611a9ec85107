"""Where the checkout stands whose files a test reads."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
