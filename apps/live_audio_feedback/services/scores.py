"""The scores of zones and the seconds that streams have come to, once a second."""

from collections.abc import Mapping, Sequence

from django.db import connection, transaction

from apps.live_audio_feedback.rules.rollups import Second, Summary
from metering.services import SoFar, record_usage_so_far


@transaction.atomic
def keep_scores(*, rows: Mapping[Second, Summary], heard: Sequence[SoFar] = ()) -> None:
    """Write roll-ups, joining them with what another process kept of the same second.

    `heard` are the seconds of sound that each stream has come to, counted with them. Rows of
    sessions that are gone are left out: one deleted session must not hold up the others.
    """
    record_usage_so_far(heard)
    columns = [(*row, s.samples, s.mean, s.minimum, s.maximum) for row, s in rows.items()]
    if not columns:
        return
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [list(column) for column in zip(*columns, strict=True)])


_KEEP = """
    INSERT INTO live_audio_feedback_zonesecond AS kept
        (session_id, second, zone, samples, mean, minimum, maximum)
    SELECT new.*
    FROM unnest(%s::text[], %s::timestamptz[], %s::text[], %s::int[],
                %s::float8[], %s::float8[], %s::float8[])
        AS new (session_id, second, zone, samples, mean, minimum, maximum)
    JOIN live_audio_feedback_livesession AS session ON session.id = new.session_id
    ON CONFLICT (session_id, second, zone) DO UPDATE SET
        samples = kept.samples + excluded.samples,
        mean = (kept.mean * kept.samples + excluded.mean * excluded.samples)
            / (kept.samples + excluded.samples),
        minimum = least(kept.minimum, excluded.minimum),
        maximum = greatest(kept.maximum, excluded.maximum)
"""
