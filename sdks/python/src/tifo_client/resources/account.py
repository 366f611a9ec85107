"""Who you are to the platform, by which keys, what you did, and what that costs."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

from tifo_client._gen.api.account import (
    add_member,
    create_key,
    create_ticket,
    create_view_link,
    get_key,
    get_organisation,
    list_keys,
    list_members,
    list_tiers,
    revoke_key,
    rotate_key,
    update_organisation,
)
from tifo_client._gen.models.api_key import ApiKey
from tifo_client._gen.models.create_api_key_request import CreateApiKeyRequest
from tifo_client._gen.models.create_ticket_request import CreateTicketRequest
from tifo_client._gen.models.leaked_keys import LeakedKeys
from tifo_client._gen.models.member import Member
from tifo_client._gen.models.member_request import MemberRequest
from tifo_client._gen.models.member_role import MemberRole
from tifo_client._gen.models.new_api_key import NewApiKey
from tifo_client._gen.models.organisation import Organisation
from tifo_client._gen.models.patched_change_organisation_request import (
    PatchedChangeOrganisationRequest,
)
from tifo_client._gen.models.published_tier import PublishedTier
from tifo_client._gen.models.rotate_api_key_request import RotateApiKeyRequest
from tifo_client._gen.models.strictness import Strictness
from tifo_client._gen.models.ticket import Ticket
from tifo_client._gen.models.view_link import ViewLink
from tifo_client.answers import given, rows, take
from tifo_client.arguments import several
from tifo_client.resources import Resource


class OrganisationResource(Resource):
    def get(self) -> Organisation:
        return take(get_organisation.sync_detailed(client=self._core))

    def update(
        self,
        *,
        name: str | None = None,
        tier: str | None = None,
        strictness: Strictness | None = None,
        leaked_keys: LeakedKeys | None = None,
    ) -> Organisation:
        """Change what is given.

        `tier` is one that the operator left to self-service; `strictness` says what happens while
        limits cannot be counted, `leaked_keys` what happens to a key that is found in public.
        """
        asked = PatchedChangeOrganisationRequest(
            name=given(name),
            tier=given(tier),
            strictness=given(strictness),
            leaked_keys=given(leaked_keys),
        )
        return take(update_organisation.sync_detailed(client=self._core, body=asked))


class MembersResource(Resource):
    def list(self) -> Sequence[Member]:
        return take(list_members.sync_detailed(client=self._core)).data

    def add(self, email: str, role: MemberRole) -> Member:
        asked = MemberRequest(email=email, role=role)
        return take(add_member.sync_detailed(client=self._core, body=asked))


class KeysResource(Resource):
    def list(self) -> Iterator[ApiKey]:
        return rows(partial(list_keys.sync_detailed, client=self._core))

    def get(self, key_id: str) -> ApiKey:
        return take(get_key.sync_detailed(key_id, client=self._core))

    def create(
        self,
        name: str,
        scopes: Sequence[str],
        *,
        livemode: bool = False,
        expires_at: datetime | None = None,
        networks: Sequence[str] = (),
    ) -> NewApiKey:
        """A key with no more scopes than this client's own; its `secret` is shown once.

        It works only from `networks` ("192.0.2.0/24", at most 50), or anywhere if none is given.
        """
        may, where = several("scopes", scopes), several("networks", networks)
        asked = CreateApiKeyRequest(name, may, livemode, given(expires_at), where)
        return take(create_key.sync_detailed(client=self._core, body=asked))

    def rotate(self, key_id: str, *, overlap: timedelta | None = None) -> NewApiKey:
        """A successor; the old key works on for the overlap (24 hours by default)."""
        overlap_s = None if overlap is None else int(overlap.total_seconds())
        asked = RotateApiKeyRequest() if overlap_s is None else RotateApiKeyRequest(overlap_s)
        return take(rotate_key.sync_detailed(key_id, client=self._core, body=asked))

    def revoke(self, key_id: str) -> ApiKey:
        return take(revoke_key.sync_detailed(key_id, client=self._core))


class TiersResource(Resource):
    def list(self) -> Sequence[PublishedTier]:
        return take(list_tiers.sync_detailed(client=self._core)).data


class TicketsResource(Resource):
    def create(self, scopes: Sequence[str], *, origin: str | None = None) -> Ticket:
        """A single-use ticket, good for 30 seconds, that opens one socket from a browser."""
        asked = CreateTicketRequest(several("scopes", scopes), given(origin))
        return take(create_ticket.sync_detailed(client=self._core, body=asked))


class ViewLinksResource(Resource):
    def create(self) -> ViewLink:
        """A read-only address of the live page, good for 12 hours."""
        return take(create_view_link.sync_detailed(client=self._core))
