"""A call under an Idempotency-Key acts once."""

from collections.abc import Callable

import pytest

from tests.conftest import Api, Tenant

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


class TestIdempotencyKey:
    def test_gives_the_same_answer_and_acts_once(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        body = {"email": "second@terrace.example", "role": "viewer"}
        first = owner.post("/v1/members", body, **{"Idempotency-Key": "abc"})
        again = owner.post("/v1/members", body, **{"Idempotency-Key": "abc"})
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert again.headers["Idempotent-Replayed"] == "true"
        assert len(owner.get("/v1/members").json()["data"]) == 2

    def test_refuses_another_payload(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        one = {"email": "one@terrace.example", "role": "viewer"}
        owner.post("/v1/members", one, **{"Idempotency-Key": "k"})
        other = owner.post("/v1/members", one | {"role": "owner"}, **{"Idempotency-Key": "k"})
        assert other.status_code == 422
        assert other.json()["code"] == "idempotency-key-reused"

    def test_lets_a_refused_request_be_mended(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        key = {"Idempotency-Key": "mend"}
        assert owner.post("/v1/members", {"email": "no"}, **key).status_code == 400
        body = {"email": "yes@terrace.example", "role": "viewer"}
        assert owner.post("/v1/members", body, **key).status_code == 201

    def test_replays_a_key_without_its_secret(self, api: Client, tenant: Tenant) -> None:
        owner, head = api(tenant.live_key), {"Idempotency-Key": "key"}
        body = {"name": "bot", "scopes": ["usage:read"]}
        first = owner.post("/v1/keys", body, **head).json()
        again = owner.post("/v1/keys", body, **head).json()
        assert again["id"] == first["id"]
        assert again["secret"] == "tifo_test_"
