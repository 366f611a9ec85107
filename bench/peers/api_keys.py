"""The keys of djangorestframework-api-key."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rest_framework_api_key.models import APIKey


def api_keys() -> "type[APIKey]":
    """The package's model; imported late, since only `bench.settings` installs it."""
    from rest_framework_api_key.models import APIKey

    return APIKey
