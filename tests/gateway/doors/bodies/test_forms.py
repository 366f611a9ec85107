"""A form has each of its parts once."""

import pytest
from django.test import Client as Browser

from tests import openapi
from tests.conftest import Tenant, slow_rate
from tests.gateway.doors.bodies.raw import faults

database = pytest.mark.django_db(transaction=True)
FORMS = {
    "/v1/clips": ["file", "name"],
    "/v1/score": ["file", "name", "scorer"],
    "/v1/tracks": ["file", "name"],
    "/v1/models": ["name", "version", "licence", "file"],
    "/v1/models/check": ["file", "size_bytes", "placement"],
}


@database
class TestAForm:
    @pytest.mark.parametrize("path", FORMS)
    @pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "once"}], ids=["", "once"])
    def test_whose_part_stands_twice_is_refused_and_told_which(
        self, tenant: Tenant, path: str, headers: dict[str, str]
    ) -> None:
        slow_rate(tenant, "requests", burst=1_000)
        for part in FORMS[path]:
            for first, second in (
                (b"", b"; filename=a.wav"),
                (b"", b""),
                (b"; filename=a.wav",) * 2,
            ):
                given = headers | {"Authorization": f"Bearer {tenant.live_key}"}
                refused = Browser().generic(
                    "POST",
                    path,
                    form((part.encode(), first), (part.encode(), second)),
                    content_type="multipart/form-data; boundary=zzz",
                    headers=given,
                )
                assert faults(refused) == [(f"/{part}", "repeated-part")]

    def test_is_every_one_of_the_document(self) -> None:
        content = {
            path: operation["requestBody"]["content"]
            for _, path, operation in openapi.operations()
            if "requestBody" in operation
        }
        assert {path for path in content if "multipart/form-data" in content[path]} == set(FORMS)


def form(*parts: tuple[bytes, bytes]) -> bytes:
    """A form of parts of a name and of what else their head says."""
    each = b"--zzz\r\nContent-Disposition: form-data; name=%s%s\r\n\r\nx\r\n"
    return b"".join(each % part for part in parts) + b"--zzz--\r\n"
