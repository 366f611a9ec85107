"""The platform's settings, and in the same database what the peers keep."""

from tifo.settings.base import *  # noqa: F403
from tifo.settings.base import INSTALLED_APPS as OURS

INSTALLED_APPS = [*OURS, "rest_framework_api_key", "bench.peers.usage", "bench.peers.noops"]
