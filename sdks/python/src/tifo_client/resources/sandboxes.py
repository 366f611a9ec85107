"""Sandboxes: where billing is tried, with a clock of their own."""

from collections.abc import Sequence

from tifo_client._gen.api.account import (
    advance_sandbox_clock,
    choose_sandbox_payment_method,
    create_sandbox,
    delete_sandbox,
    get_sandbox,
    list_sandboxes,
    make_sandbox_users_active,
)
from tifo_client._gen.models.advance_request import AdvanceRequest
from tifo_client._gen.models.choose_payment_request import ChoosePaymentRequest
from tifo_client._gen.models.create_sandbox_request import CreateSandboxRequest
from tifo_client._gen.models.make_users_active_request import MakeUsersActiveRequest
from tifo_client._gen.models.move_clock_request import MoveClockRequest
from tifo_client._gen.models.new_sandbox import NewSandbox
from tifo_client._gen.models.sandbox import Sandbox
from tifo_client._gen.models.sandbox_outcome import SandboxOutcome
from tifo_client.answers import given, take
from tifo_client.resources import Resource


class SandboxesResource(Resource):
    def create(self, name: str | None = None) -> NewSandbox:
        """A sandbox; `secret` is its key's and is shown once. Needs a live key."""
        asked = CreateSandboxRequest(given(name))
        return take(create_sandbox.sync_detailed(client=self._core, body=asked))

    def list(self) -> Sequence[Sandbox]:
        return take(list_sandboxes.sync_detailed(client=self._core)).data

    def get(self, sandbox_id: str) -> Sandbox:
        return take(get_sandbox.sync_detailed(sandbox_id, client=self._core))

    def delete(self, sandbox_id: str) -> None:
        """Delete it with all that is in it, its statements too."""
        delete_sandbox.sync_detailed(sandbox_id, client=self._core)

    def advance(
        self,
        sandbox_id: str,
        *,
        hours: int | None = None,
        days: int | None = None,
        months: int | None = None,
    ) -> Sandbox:
        """Move its clock forwards, by hours, days or months (24 at most).

        On the way months begin and are closed, invoices asked for and paid, each in its time.
        """
        asked = MoveClockRequest(AdvanceRequest(given(hours), given(days), given(months)))
        return take(advance_sandbox_clock.sync_detailed(sandbox_id, client=self._core, body=asked))

    def make_active(self, sandbox_id: str, count: int) -> Sandbox:
        """Make so many new users active in its clock's month, 200,000 at most.

        Raises TifoError with the code `mau-limit-reached` where it may have no more; those before
        the refused one are active then.
        """
        asked = MakeUsersActiveRequest(count)
        return take(
            make_sandbox_users_active.sync_detailed(sandbox_id, client=self._core, body=asked)
        )

    def choose_payment(self, sandbox_id: str, outcome: SandboxOutcome | None) -> Sandbox:
        """Give it a payment method by what becomes of its payments: "succeeds" or "declines"; None
        takes the method away."""
        asked = ChoosePaymentRequest(outcome)
        return take(
            choose_sandbox_payment_method.sync_detailed(sandbox_id, client=self._core, body=asked)
        )
