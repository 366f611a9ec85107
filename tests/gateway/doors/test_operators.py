"""The pages on which an operator comes in, goes out and changes the password."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.gateway.callers.test_logins import LOGIN, an_address, log_in
from tests.gateway.conftest import PASSWORD

pytestmark = pytest.mark.django_db
CHANGE = "/admin/password_change/"


class TestTheWayIn:
    @pytest.mark.parametrize(
        "wanted", ["https://evil.example/", "//evil.example", "javascript:x", ""]
    )
    def test_leads_to_the_admin_where_next_is_not_ours(self, owner: User, wanted: str) -> None:
        client = Client()
        body = {"username": owner.username, "password": PASSWORD, "next": wanted}
        entered = client.post(LOGIN, body, REMOTE_ADDR=an_address())
        assert (entered.status_code, entered["Location"]) == (302, "/admin/")
        assert client.get(entered["Location"]).status_code == 200

    def test_leads_to_where_one_wanted_to_go(self, owner: User) -> None:
        path = f"{LOGIN}?next=/admin/tenants/tier/"
        client = Client()
        asked = client.get("/admin/tenants/tier/")
        assert asked["Location"] == path
        entered = log_in(client, owner.username, PASSWORD, an_address(), path)
        assert entered["Location"] == "/admin/tenants/tier/"

    def test_is_found_without_the_slash_at_the_end(self, owner: User) -> None:
        client = Client()
        client.force_login(owner)
        assert client.get("/admin", follow=True).redirect_chain == [("/admin/", 302)]

    def test_out_ends_on_a_page(self, owner: User) -> None:
        client = Client()
        client.force_login(owner)
        left = client.post("/admin/logout/")
        assert left.status_code == 200
        assert client.get("/admin/").status_code == 302


class TestTheChangeOfAPassword:
    def test_works_with_the_right_one(self, owner: User) -> None:
        client = Client()
        client.force_login(owner)
        fresh = "a-new-password-of-length"
        body = {"old_password": PASSWORD, "new_password1": fresh, "new_password2": fresh}
        assert client.post(CHANGE, body).status_code == 302
        assert client.get("/admin/password_change/done/").status_code == 200

    def test_is_not_open_to_strangers(self) -> None:
        assert Client().post(CHANGE).status_code == 302
