"""Settings of collection that cannot be meant are told before they are deployed."""

from pytest_django import Settings

from billing.checks import webhook_secret


def test_a_key_of_stripes_without_a_webhook_secret_is_told(settings: Settings) -> None:
    settings.STRIPE_KEY, settings.STRIPE_WEBHOOK_SECRETS = "sk_test_1", []
    [told] = webhook_secret(None)
    assert told.id == "tifo.W003"
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_1"]
    assert webhook_secret(None) == []
    settings.STRIPE_KEY, settings.STRIPE_WEBHOOK_SECRETS = "", []
    assert webhook_secret(None) == []
