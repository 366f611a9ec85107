"""Tracks, and the timelines that light and LED follow."""

from collections.abc import Iterator, Mapping
from functools import partial

from tifo_client._gen.api.avsync import (
    create_track,
    delete_track,
    get_timeline,
    get_track,
    list_tracks,
)
from tifo_client._gen.models.priority import Priority
from tifo_client._gen.models.timeline import Timeline
from tifo_client._gen.models.track import Track
from tifo_client._gen.models.track_upload_request import TrackUploadRequest
from tifo_client._gen.models.track_upload_request_metadata import TrackUploadRequestMetadata
from tifo_client.answers import given, rows, take
from tifo_client.resources import Resource
from tifo_client.uploads import Source, opened


class TracksResource(Resource):
    def list(self) -> Iterator[Track]:
        return rows(partial(list_tracks.sync_detailed, client=self._core))

    def get(self, track_id: str) -> Track:
        return take(get_track.sync_detailed(track_id, client=self._core))

    def create(
        self,
        source: Source,
        *,
        name: str | None = None,
        priority: Priority = "normal",
        deadline_s: int | None = None,
        metadata: Mapping[str, str] | None = None,
        accelerator_required: bool = False,
    ) -> Track:
        """Upload a sound file (WAV, AIFF, CAF, FLAC, OGG, MP3, WebM; M4A where the server has
        it); its analysis is the job `track.job`, with the rest as in `effects.request`."""
        with opened(source) as file:
            asked = TrackUploadRequest(
                file,
                priority=priority,
                deadline_s=given(deadline_s),
                metadata=TrackUploadRequestMetadata.from_dict(metadata or {}),
                accelerator_required=accelerator_required,
                name=given(name),
            )
            return take(create_track.sync_detailed(client=self._core, body=asked))

    def timeline(self, track_id: str) -> Timeline:
        """Tempo, beats, loudness, sections and the rest, once the analysis has succeeded."""
        return take(get_timeline.sync_detailed(track_id, client=self._core))

    def delete(self, track_id: str) -> None:
        delete_track.sync_detailed(track_id, client=self._core)
