"""Both doors for posted frames, and the streams behind them closed at the end."""

from collections.abc import AsyncIterator

import pytest

from apps.live_audio_feedback.sockets import posted
from tests.conftest import Tenant
from tests.doors import Doors


@pytest.fixture
async def doors(tenant: Tenant, sockets: None) -> AsyncIterator[Doors]:
    yield Doors(tenant.live_key)
    await posted.close()
