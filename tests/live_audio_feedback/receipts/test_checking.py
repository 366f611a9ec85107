"""Receipts are read and checked: by the platform, and by the client without it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from apps.live_audio_feedback import signing
from apps.live_audio_feedback.models import LiveSession
from tests.conftest import Api, Tenant
from tests.live_audio_feedback.receipts.conftest import seal
from tifo_client._gen.models.signed_receipt import SignedReceipt
from tifo_client.verify import ed25519, receipts
from tifo_client.verify.receipts import is_genuine

Client = Callable[[str | None], Api]
Json = dict[str, Any]

# RFC 8032, section 7.1, TEST 1 and TEST 2.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        """e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555f
        b8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b""",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        """92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
        085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00""",
    ),
]


@pytest.fixture
def signed(api: Client, tenant: Tenant, heard: LiveSession) -> Json:
    seal(heard)
    answer = api(tenant.live_key).get(f"/v1/sessions/{heard.pk}/receipt")
    assert answer.status_code == 200
    found: Json = answer.json()
    return found


def keys(api: Client) -> list[Json]:
    found: list[Json] = api(None).get("/v1/receipts/keys").json()["data"]
    return found


def with_one_frame_more(signed: Json) -> Json:
    changed: Json = json.loads(json.dumps(signed))
    changed["receipt"]["total"]["frames_scored"] += 1
    return changed


@pytest.mark.django_db
class TestReceipt:
    def test_is_there_once_the_session_is_sealed(
        self, api: Client, tenant: Tenant, stranger: Tenant, session: LiveSession
    ) -> None:
        path = f"/v1/sessions/{session.pk}/receipt"
        refused = api(tenant.live_key).get(path)
        assert (refused.status_code, refused.json()["code"]) == (409, "session-not-sealed")
        seal(session)
        assert api(tenant.live_key).get(path).json()["receipt"]["session"] == session.pk
        assert api(stranger.live_key).get(path).status_code == 404
        told = api(tenant.live_key).get(f"/v1/sessions/{session.pk}").json()
        assert (told["state"], told["sealed_at"]) == ("sealed", told["sealed_at"])
        assert told["sealed_at"] is not None

    def test_is_checked_by_the_platform(
        self, api: Client, tenant: Tenant, stranger: Tenant, signed: Json
    ) -> None:
        def asked(document: Json) -> Any:
            return api(stranger.live_key).post("/v1/receipts/check", document).json()

        assert asked(signed) == {"genuine": True, "reason": "signed"}
        assert asked(with_one_frame_more(signed)) == {"genuine": False, "reason": "altered"}
        foreign = signed | {"key": "rck_" + 32 * "0"}
        assert asked(foreign) == {"genuine": False, "reason": "unknown-key"}
        malformed = api(tenant.live_key).post("/v1/receipts/check", signed | {"signature": "AA=="})
        assert malformed.json()["errors"][0]["pointer"] == "/signature"

    def test_is_checked_without_the_platform(self, api: Client, signed: Json) -> None:
        published = keys(api)
        assert is_genuine(signed, published)
        assert not is_genuine(with_one_frame_more(signed), published)
        assert not is_genuine(signed, [])
        assert not is_genuine(signed | {"signature": "?"}, published)
        assert not is_genuine({}, published)

    def test_is_good_for_ever_whatever_secret_the_platform_has(
        self, api: Client, tenant: Tenant, signed: Json, settings: Any
    ) -> None:
        settings.SECRET_KEY = "another secret, of which the next receipts are made"
        published = keys(api)
        assert [each["current"] for each in published] == [True, False]
        assert published[1]["id"] == signed["key"]
        assert is_genuine(signed, published)
        answer = api(tenant.live_key).post("/v1/receipts/check", signed)
        assert answer.json()["genuine"]

    def test_is_checked_by_a_command(
        self, api: Client, signed: Json, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        files = {"keys.json": {"data": keys(api)}, "good.json": signed}
        files["bad.json"] = with_one_frame_more(signed)
        for name, document in files.items():
            (tmp_path / name).write_text(json.dumps(document))
        names = [str(tmp_path / name) for name in files]
        assert receipts.main(names[:2]) == 0
        assert receipts.main(names) == 1
        *_, good, bad = capsys.readouterr().out.splitlines()
        assert good.endswith("good.json: genuine")
        assert "bad.json: NOT" in bad

    def test_is_read_and_checked_with_the_clients_own_objects(
        self, api: Client, signed: Json
    ) -> None:
        assert is_genuine(SignedReceipt.from_dict(signed).to_dict(), keys(api))


class TestKeys:
    def test_are_named_after_themselves(self) -> None:
        assert signing.key_id(bytes(32)) == "rck_66687aadf862bd776c8fc18b8e9f8e20"

    def test_sign_with_the_secret_and_nothing_else(self, settings: Any) -> None:
        before = signing.public_key()
        settings.SECRET_KEY = "another"
        assert signing.public_key() != before


class TestEd25519:
    @pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
    def test_accepts_the_vectors_of_its_rfc(
        self, public: str, message: str, signature: str
    ) -> None:
        given = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
        assert ed25519.is_genuine(*given)

    def test_agrees_with_another_implementation(self) -> None:
        for number in range(8):
            private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
            public, message = private.public_key().public_bytes_raw(), b"heard" * number
            signature = private.sign(message)
            assert ed25519.is_genuine(public, message, signature)
            assert not ed25519.is_genuine(public, message + b"!", signature)
            for at in (0, 31, 32, 63):
                changed = bytearray(signature)
                changed[at] ^= 1
                assert not ed25519.is_genuine(public, message, bytes(changed))

    def test_refuses_what_is_malformed(self) -> None:
        private = Ed25519PrivateKey.from_private_bytes(bytes(32))
        public, signature = private.public_key().public_bytes_raw(), private.sign(b"")
        over = (int.from_bytes(signature[32:], "little") + ed25519.ORDER).to_bytes(32, "little")
        assert ed25519.is_genuine(public, b"", signature)
        for key, given in [
            (public[:-1], signature),
            (public, signature[:-1]),
            (public, signature[:32] + over),
            (b"\xff" * 32, signature),
            (b"\x02" + bytes(31), signature),
        ]:
            assert not ed25519.is_genuine(key, b"", given)
