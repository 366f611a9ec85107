"""How the parts of a venue are named."""

from typing import Final

ZONE: Final = r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"
