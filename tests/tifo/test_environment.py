"""What the environment says of collection, and what it refuses at the start."""

import sys
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from foundation.buckets import Bucket
from tifo.environment import Environment


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def setting(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(f"TIFO_{name.upper()}", value)

    return setting


class TestCollection:
    @pytest.mark.parametrize(
        ("key", "said"),
        [
            ("", "statements only"),
            ("sk_test_51abc", "Stripe (test mode)"),
            ("rk_live_51abc", "Stripe (live mode)"),
        ],
    )
    def test_is_told_by_the_key(self, given: Callable[..., None], key: str, said: str) -> None:
        given(stripe_key=key)
        assert Environment().collection == said

    @pytest.mark.parametrize("key", ["pk_test_51abc", "whsec_abc", "sk_test_a-b", "sk_prod_x"])
    def test_by_what_is_no_secret_key_is_refused(
        self, given: Callable[..., None], key: str
    ) -> None:
        given(stripe_key=key)
        with pytest.raises(ValidationError, match="secret key of Stripe's") as refused:
            Environment()
        assert key not in str(refused.value)

    def test_takes_several_webhook_secrets(self, given: Callable[..., None]) -> None:
        given(stripe_webhook_secret="whsec_a, whsec_b")
        assert Environment().stripe_webhook_secrets == ["whsec_a", "whsec_b"]

    def test_elsewhere_than_at_an_address_is_refused(self, given: Callable[..., None]) -> None:
        given(stripe_url="localhost:12111")
        with pytest.raises(ValidationError, match="is not an address"):
            Environment()


class TestTheSeller:
    def test_is_the_public_host_unless_it_is_named(self, given: Callable[..., None]) -> None:
        given(public_url="https://tifo.example.org:8443")
        assert (Environment().seller, Environment().seller_address_lines) == (
            "tifo.example.org",
            (),
        )
        given(seller_name="Stadium Ltd", seller_address=r"1 Ground Road\nLondon")
        assert Environment().seller == "Stadium Ltd"
        assert Environment().seller_address_lines == ("1 Ground Road", "London")


class TestStorage:
    def test_is_a_folder_unless_a_bucket_is_named(self) -> None:
        assert Environment().bucket is None

    def test_is_a_bucket_with_all_that_opens_it(self, given: Callable[..., None]) -> None:
        given(
            storage="s3://tifo-files/north/",
            s3_endpoint="https://s3.example.org",
            s3_access_key="opener",
            s3_secret_key="hush",
        )
        assert Environment().bucket == Bucket(
            "tifo-files", "north/", "https://s3.example.org", "", "opener", "hush", ""
        )
        assert "hush" not in repr(Environment())

    @pytest.mark.parametrize(
        "variables",
        [
            {"storage": "/srv/files"},
            {"storage": "s3://"},
            {"storage": "s3://Files?x=1"},
            {"storage": "s3://files?region=x"},
            {"storage": "s3://files", "s3_endpoint": "s3.example.org"},
            {"storage": "s3://files", "s3_access_key": "opener"},
            {"storage": "s3://files", "s3_secret_key": "hush"},
        ],
    )
    def test_that_cannot_be_is_refused(
        self, given: Callable[..., None], variables: dict[str, str]
    ) -> None:
        given(**variables)
        with pytest.raises(ValidationError):
            Environment()

    def test_in_a_bucket_without_the_extra_says_what_to_install(
        self, given: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "storages", None)
        given(storage="s3://tifo-files")
        with pytest.raises(ValidationError, match=r"tifo\[s3\]"):
            Environment()


class TestTheMetricsToken:
    def test_that_is_short_is_refused_and_not_shown(self, given: Callable[..., None]) -> None:
        given(metrics_token="hunter2")
        with pytest.raises(ValidationError, match="16 characters") as refused:
            Environment()
        assert "hunter2" not in str(refused.value)
        given(metrics_token="0123456789abcdef")
        assert Environment().metrics_token.get_secret_value() == "0123456789abcdef"
