"""How the parts of a venue are named: alike where sound is heard and where kiosks stand."""

from typing import Final

LONGEST_ZONE: Final = 64
ZONE: Final = rf"^[A-Za-z0-9_-]{{1,{LONGEST_ZONE}}}$"
ZONE_WORDS: Final = f"1 to {LONGEST_ZONE} letters, digits, hyphens and underscores"
