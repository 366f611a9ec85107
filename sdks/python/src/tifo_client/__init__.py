"""The Python client of the Tifo API: `Tifo` for programs, `DeviceClient` for kiosks."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tifo_client.client import Tifo
from tifo_client.errors import QuotaExceeded, TifoError

if TYPE_CHECKING:
    from tifo_client.devices import DeviceClient
    from tifo_client.resources.live_audio_feedback import PoolTrack
    from tifo_client.resources.model_files import RemoteFile
    from tifo_client.resources.noucamp import Interaction
    from tifo_client.resources.usage import UsageEvent

__all__ = [
    "DeviceClient",
    "Interaction",
    "PoolTrack",
    "QuotaExceeded",
    "RemoteFile",
    "Tifo",
    "TifoError",
    "UsageEvent",
    "__version__",
]

__version__ = "0.1.0"
_LATER = {
    "DeviceClient": "tifo_client.devices",
    "Interaction": "tifo_client.resources.noucamp",
    "PoolTrack": "tifo_client.resources.live_audio_feedback",
    "RemoteFile": "tifo_client.resources.model_files",
    "UsageEvent": "tifo_client.resources.usage",
}


def __getattr__(name: str) -> Any:
    """Names that load more than a first `import` should: PEP 562."""
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)
