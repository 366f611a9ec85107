"""What processes have heard, once a second: scores of zones, and what streams have come to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple

from django.db import connection, transaction

from apps.live_audio_feedback.rules.rollups import Second, Summary
from apps.live_audio_feedback.rules.sums import StreamSums
from metering.services import SoFar, record_usage_so_far


@transaction.atomic
def keep_scores(
    *,
    rows: Mapping[Second, Summary],
    heard: Sequence[SoFar] = (),
    streams: Sequence[StreamSums] = (),
) -> None:
    """Write roll-ups, joining them with what another process kept of the same second.

    `heard` are the seconds of sound that each stream has come to, counted with them, and `streams`
    its frames. Rows of sessions that are gone are left out: one deleted session must not hold up
    the others. After its seal nothing of a session is kept, nor metered: its receipt stays true.
    """
    named = {row.session_id for row in rows} | {each.session_id for each in streams}
    sealed = _sealed(named)
    late = {each.stream_id for each in streams if each.session_id in sealed}
    record_usage_so_far([each for each in heard if each.source.partition(":")[0] not in late])
    _write(_SUM_UP, [astuple(each) for each in streams if each.session_id not in sealed])
    _write(
        _KEEP,
        [
            (*row, s.samples, s.mean, s.minimum, s.maximum)
            for row, s in rows.items()
            if row.session_id not in sealed
        ],
    )


def _sealed(session_ids: Iterable[str]) -> set[str]:
    """Which of them are sealed; the others are not before this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [sorted(session_ids)])
        return {session_id for session_id, is_sealed in cursor.fetchall() if is_sealed}


def _write(statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)])


_HOLD = """
    SELECT id, sealed_at IS NOT NULL FROM live_audio_feedback_livesession
    WHERE id = ANY(%s) ORDER BY id FOR SHARE
"""
# Totals only grow, so that what comes late or twice changes nothing.
_SUM_UP = """
    INSERT INTO live_audio_feedback_livestream AS kept
        (id, session_id, zone, key_id, scorer, scorer_sha256, began_at,
         received, scored, dropped, repeated, late, lost, ended_at)
    SELECT new.*
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
                %s::timestamptz[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
                %s::bigint[], %s::bigint[], %s::timestamptz[])
        AS new (id, session_id, zone, key_id, scorer, scorer_sha256, began_at,
                received, scored, dropped, repeated, late, lost, ended_at)
    JOIN live_audio_feedback_livesession AS session ON session.id = new.session_id
    ON CONFLICT (id) DO UPDATE SET
        received = greatest(kept.received, excluded.received),
        scored = greatest(kept.scored, excluded.scored),
        dropped = greatest(kept.dropped, excluded.dropped),
        repeated = greatest(kept.repeated, excluded.repeated),
        late = greatest(kept.late, excluded.late),
        lost = greatest(kept.lost, excluded.lost),
        ended_at = coalesce(kept.ended_at, excluded.ended_at)
"""
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
