"""Whatever is told: the hot door reads it as the serializer does, or leaves it to it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rest_framework.serializers import Serializer

from apps.noucamp.api.cues import AcknowledgeCueSerializer
from apps.noucamp.api.devices import BIGGEST, ReportTelemetrySerializer
from apps.noucamp.api.interactions import RecordInteractionsSerializer
from apps.noucamp.hot import AcknowledgeCue, RecordInteractions, ReportTelemetry
from foundation import clock
from foundation.errors import Invalid
from gateway.doors.hot import Call, Unusual
from tests.conftest import NOBODY

NUMBERS = st.one_of(
    st.floats(allow_nan=False),
    st.floats(0, 1),
    st.integers(-100, 250),
    st.integers(BIGGEST - 1, BIGGEST + 1),
    st.none(),
    st.booleans(),
    st.text("0123456789.e ", max_size=4),
)
MOMENTS = st.one_of(
    st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.timedeltas(timedelta(-32), timedelta(minutes=6)).map(
        lambda ago: (clock.now() + ago).isoformat()
    ),
    st.text("0123456789-:TZ+W", max_size=25),
    st.none(),
    st.integers(),
)
TEXTS = st.one_of(st.text(max_size=3), st.text(" \u00a0a\0", max_size=3), st.none(), st.integers())


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def agree(
    read: Callable[[Call], Any], serializer: Callable[..., Serializer[Any]], told: Any
) -> tuple[Any, dict[str, Any]] | None:
    """What the hot door reads and what the serializer does; None where the door leaves it to it."""
    call = Call(json.dumps(told).encode(), "", "", clock.now(), NOBODY)
    try:
        asked = read(call)
    except (Unusual, Invalid):  # an ordinary key must name the kiosk
        return None
    twin = serializer(data=json.loads(call.body), context={"now": call.now})
    assert twin.is_valid(), twin.errors
    return asked, dict(twin.validated_data)


class TestReading:
    """Whatever the hot door accepts the serializer accepts, and understands alike."""

    @given(
        some(
            soc_celsius=NUMBERS,
            power_watts=NUMBERS,
            npu_load=NUMBERS,
            uptime_s=NUMBERS,
            dropped_cues=NUMBERS,
        )
    )
    def test_of_telemetry(self, told: dict[str, Any]) -> None:
        read = agree(ReportTelemetry().read, ReportTelemetrySerializer, told)
        assert read is None or vars(read[0]) == read[1]

    @given(some(at=MOMENTS))
    def test_of_an_acknowledgement(self, told: dict[str, Any]) -> None:
        read = agree(AcknowledgeCue().read, AcknowledgeCueSerializer, told)
        assert read is None or read[0] == read[1]["at"]

    @given(
        some(kiosk=TEXTS),
        st.lists(
            st.fixed_dictionaries(
                {
                    "id": st.one_of(st.just("gate7-1"), TEXTS),
                    "end_user": st.one_of(st.just("ana"), TEXTS),
                    "kind": st.sampled_from(["cheer", "skip"]),
                    "at": st.one_of(st.builds(lambda: clock.now().isoformat()), MOMENTS),
                },
                optional={"value": NUMBERS, "track": TEXTS},
            ),
            max_size=2,
        ),
    )
    def test_of_interactions(self, where: dict[str, Any], batch: list[dict[str, Any]]) -> None:
        told = where | {"interactions": batch}
        read = agree(RecordInteractions().read, RecordInteractionsSerializer, told)
        if read is not None:
            asked, twin = read
            assert asked.named.kiosk_id == twin["kiosk"]
            assert [vars(each) for each in asked.interactions] == [
                dict(each) for each in twin["interactions"]
            ]
