"""The API's nouns, one module per neighbourhood; their verbs are those of the operations."""

from dataclasses import dataclass

import httpx

from tifo_client._gen.client import AuthenticatedClient
from tifo_client.place import Place


@dataclass(frozen=True)
class Wires:
    """What a noun speaks through: the generated functions' client, its transport, the sockets."""

    core: AuthenticatedClient
    carrier: httpx.BaseTransport
    place: Place


class Resource:
    """A noun of the API."""

    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._core = wires.core
