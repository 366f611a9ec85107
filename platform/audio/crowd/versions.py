"""The versions of the crowd score that there are, by their names."""

from audio.crowd.ramps_1 import RAMPS_1
from audio.crowd.ramps_2 import RAMPS_2
from audio.crowd.version import Version

VERSIONS: dict[str, Version] = {version.name: version for version in (RAMPS_1, RAMPS_2)}
DEFAULT = RAMPS_2


class UnknownVersion(LookupError):
    """A version was named that there is not."""


def version_named(name: str) -> Version:
    """The version of that name, such as `ramps-1`. Raises `UnknownVersion`."""
    try:
        return VERSIONS[name]
    except KeyError as error:
        known = ", ".join(VERSIONS)
        raise UnknownVersion(f"no scorer {name!r}; there are {known}") from error
