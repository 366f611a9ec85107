"""How an organisation is born: by itself where sign-up is open, by the operator anywhere."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from foundation.clock import now
from tenants import queries
from tenants.models import Member, Organisation
from tenants.refusals import SignupClosed
from tenants.rules import fingerprint
from tenants.services.organisations import sign_up


def created(*arguments: str) -> dict[str, str]:
    said = StringIO()
    call_command("create_organisation", *arguments, stdout=said)
    made: dict[str, str] = json.loads(said.getvalue())
    return made


@pytest.mark.django_db
class TestTheOperator:
    def test_creates_one_with_working_keys_while_sign_up_is_closed(self, settings: Any) -> None:
        settings.SIGNUP_OPEN = False
        made = created("Terrace Labs", "Owner@terrace.example")
        for mode in ("live", "test"):
            secret = made[f"{mode}_key"]
            found = queries.credential(fingerprint(secret, settings.KEY_PEPPER), now())
            assert found is not None
            assert (found.organisation.pk, found.key.livemode) == (made["id"], mode == "live")
        owner = Member.objects.get(organisation_id=made["id"])
        assert (owner.email, owner.role) == ("owner@terrace.example", "owner")

    def test_is_told_of_a_wrong_address(self) -> None:
        with pytest.raises(CommandError, match="not an e-mail address"):
            created("Terrace Labs", "nobody")
        assert not Organisation.objects.exists()

    def test_needs_the_pepper_that_the_platform_uses(self, settings: Any) -> None:
        settings.KEY_PEPPER = ""
        with pytest.raises(CommandError, match="TIFO_KEY_PEPPER"):
            created("Terrace Labs", "owner@terrace.example")


@pytest.mark.django_db
class TestAStranger:
    def test_is_refused_while_sign_up_is_closed(self, settings: Any) -> None:
        settings.SIGNUP_OPEN = False
        with pytest.raises(SignupClosed):
            sign_up(name="Terrace Labs", email="owner@terrace.example", now=now())
        assert not Organisation.objects.exists()
