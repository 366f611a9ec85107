"""The API's nouns, one module per neighbourhood; their verbs are those of the operations."""

from dataclasses import dataclass
from inspect import isfunction

import httpx

from tifo_client._gen.client import AuthenticatedClient
from tifo_client.arguments import checked
from tifo_client.endpoint import Endpoint


@dataclass(frozen=True)
class Wires:
    """What a noun speaks through: the generated functions' client, its transport, the sockets."""

    core: AuthenticatedClient
    carrier: httpx.BaseTransport
    endpoint: Endpoint


class Resource:
    """A noun of the API. Each of its verbs raises TypeError or ValueError for a wrong argument."""

    def __init_subclass__(cls) -> None:
        for name, verb in [*vars(cls).items()]:
            if isfunction(verb) and not name.startswith("_"):
                setattr(cls, name, checked(verb))

    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        self._core = wires.core
