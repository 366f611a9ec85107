"""What can refuse a key, and asking before it does."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tifo_client._gen.api.account import get_limits, list_refusals, simulate_limits
from tifo_client._gen.models.limits import Limits
from tifo_client._gen.models.refusals import Refusals
from tifo_client._gen.models.simulate_request import SimulateRequest
from tifo_client._gen.models.simulate_request_cost import SimulateRequestCost
from tifo_client._gen.models.simulation import Simulation
from tifo_client.answers import document, given, take, unexpected
from tifo_client.arguments import header, several
from tifo_client.errors import TifoError, from_problem
from tifo_client.resources import Resource

OPERATION = re.compile(r"[A-Za-z]+ /[^\s\x00-\x20\x7f]*")
Group = Literal["policy", "key", "end_user", "route", "kind"]


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a call would be answered: `refusal` is what it would raise, None where it would pass.

    `limits` are those that apply to it, as they stand, in the words of `QuotaExceeded.policies`.
    """

    refusal: TifoError | None
    limits: Sequence[Mapping[str, Any]]

    @property
    def admitted(self) -> bool:
        return self.refusal is None


class LimitsResource(Resource):
    def get(self, *, end_user: str | None = None, route: str | None = None) -> Limits:
        """Every limit and cap that can refuse this key, and how far each is used.

        Limits of each user, or of each route, have a state only where one is named:
        `end_user="fan-1"`, `route="POST /v1/effects"`.
        """
        who, where = given(end_user), given(route)
        return take(get_limits.sync_detailed(client=self._core, end_user=who, route=where))

    def simulate(
        self,
        operation: str | None = None,
        *,
        cost: Mapping[str, int] | None = None,
        calls: int | None = None,
        every_ms: int | None = None,
        at_ms: Sequence[int] | None = None,
        end_user: str | None = None,
    ) -> Simulation:
        """Would these calls pass, and when? Costs one request, and spends nothing else.

        Give the operation ("POST /v1/effects") or the cost of each call ({"effects": 1}); then
        `calls` (1 to 1,000; one by default) that lie `every_ms` apart, or the moments `at_ms`
        of up to 1,000 calls, from now on.
        """
        asked = SimulateRequest(
            operation=given(operation),
            cost=given(None if cost is None else SimulateRequestCost.from_dict(cost)),
            calls=given(calls),
            every_ms=given(every_ms),
            at_ms=given(None if at_ms is None else several("at_ms", at_ms)),
            end_user=given(end_user),
        )
        return take(simulate_limits.sync_detailed(client=self._core, body=asked))

    def rehearse(
        self,
        operation: str,
        body: Mapping[str, Any] | None = None,
        *,
        end_user: str | None = None,
    ) -> Rehearsal:
        """Send the very call as a dry run: nothing is done, spent, metered or counted.

        `operation` is a method and a path ("DELETE /v1/clips/clip_…"), `body` is sent as JSON.
        Raises only what stops the rehearsal itself, such as Unauthorized or Unavailable.
        """
        if not OPERATION.fullmatch(operation):  # a whole address would be sent the key
            raise ValueError('operation is a method and a path, such as "POST /v1/effects".')
        method, path = operation.split(" ")
        headers = [(b"Tifo-Dry-Run", b"?1")]
        if end_user is not None:
            headers.append((b"Tifo-End-User", header("end_user", end_user)))
        answer = self._core.get_httpx_client().request(method, path, json=body, headers=headers)
        told = document(answer)
        match told.get("problem"), told.get("limits"):
            case None | dict() as problem, [*limits] if all(isinstance(x, dict) for x in limits):
                return Rehearsal(None if problem is None else from_problem(problem), limits)
        raise unexpected(answer, "that is no rehearsal")

    def refusals(
        self, *, hours: int | None = None, group_by: Sequence[Group] | None = None
    ) -> Refusals:
        """How often calls were refused, in the last 24 hours or `hours` (1 to 720, full ones).

        Counted by kind and policy, or by what `group_by` names.
        """
        groups = None if group_by is None else ",".join(several("group_by", group_by))
        told = list_refusals.sync_detailed(
            client=self._core, hours=given(hours), group_by=given(groups)
        )
        return take(told)
