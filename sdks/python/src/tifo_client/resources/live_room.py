"""Clips, and the stems and effects that are made of them."""

from collections.abc import Iterator, Mapping
from functools import partial

from tifo_client._gen.api.live_room import (
    create_clip,
    delete_clip,
    get_clip,
    get_effect,
    get_effect_catalogue,
    list_clips,
    list_effects,
    request_effect,
)
from tifo_client._gen.models.accelerator import Accelerator
from tifo_client._gen.models.audio_upload_request import AudioUploadRequest
from tifo_client._gen.models.clip import Clip
from tifo_client._gen.models.container import Container
from tifo_client._gen.models.effect import Effect
from tifo_client._gen.models.effect_catalogue import EffectCatalogue
from tifo_client._gen.models.effect_kind import EffectKind
from tifo_client._gen.models.priority import Priority
from tifo_client._gen.models.request_effect_request import RequestEffectRequest
from tifo_client._gen.models.request_effect_request_metadata import RequestEffectRequestMetadata
from tifo_client._gen.models.request_effect_request_parameters import (
    RequestEffectRequestParameters,
)
from tifo_client.answers import given, rows, take
from tifo_client.resources import Resource
from tifo_client.uploads import Source, opened


class ClipsResource(Resource):
    def list(self) -> Iterator[Clip]:
        return rows(partial(list_clips.sync_detailed, client=self._core))

    def get(self, clip_id: str) -> Clip:
        return take(get_clip.sync_detailed(clip_id, client=self._core))

    def create(self, source: Source, *, name: str | None = None) -> Clip:
        """Upload a sound file (WAV, AIFF, CAF, FLAC, OGG, MP3, WebM; M4A where the server has
        it) to make effects and stems from."""
        with opened(source) as file:
            asked = AudioUploadRequest(file, given(name))
            return take(create_clip.sync_detailed(client=self._core, body=asked))

    def delete(self, clip_id: str) -> None:
        delete_clip.sync_detailed(clip_id, client=self._core)


class EffectsResource(Resource):
    def catalogue(self) -> EffectCatalogue:
        return take(get_effect_catalogue.sync_detailed(client=self._core))

    def list(self) -> Iterator[Effect]:
        return rows(partial(list_effects.sync_detailed, client=self._core))

    def get(self, effect_id: str) -> Effect:
        return take(get_effect.sync_detailed(effect_id, client=self._core))

    def request(
        self,
        clip_id: str,
        kind: EffectKind,
        name: str,
        *,
        parameters: Mapping[str, float] | None = None,
        accelerator: Accelerator | None = None,
        container: Container = "wav",
        priority: Priority = "normal",
        deadline_s: int | None = None,
        metadata: Mapping[str, str] | None = None,
        accelerator_required: bool = False,
    ) -> Effect:
        """Take a stem out of a clip, or run it through a chain: the job `effect.job`.

        `priority` orders it among your own; what has no result `deadline_s` seconds from now ends
        as expired, free of charge. `accelerator_required` waits for the accelerator, rather than
        fall back to the processor. The job shows your `metadata` again.

        Counts one effect; raises QuotaExceeded, whose `retry_after` is exact to the millisecond.
        """
        asked = RequestEffectRequest(
            clip=clip_id,
            kind=kind,
            name=name,
            parameters=RequestEffectRequestParameters.from_dict(parameters or {}),
            accelerator=given(accelerator),
            container=container,
            priority=priority,
            deadline_s=given(deadline_s),
            metadata=RequestEffectRequestMetadata.from_dict(metadata or {}),
            accelerator_required=accelerator_required,
        )
        return take(request_effect.sync_detailed(client=self._core, body=asked))
