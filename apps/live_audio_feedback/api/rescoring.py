"""The sound of a file, scored as if it had come live, by any version of the crowd score."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.live_audio_feedback.rules.rescoring import SCORE_HZ, rescored
from audio.crowd import DEFAULT, SAMPLE_RATE, VERSIONS, version_named
from foundation.errors import Retry, TifoError
from foundation.http.parsers import Form
from gateway.contract.tags import Tag
from gateway.doors.views import GatedView
from gateway.operations import spends
from recordings.api import AudioUploadSerializer, form_of, look_at
from recordings.reading import Most, decoded_at

MOST: Final = Most(seconds=120, samples=120 * 2 * 96_000)
"""Two minutes of stereo at 96 kHz. At 48 kHz they take 4.5 s of a slow core, of which 4.0 s are
the score's, and 23 MB; eight silent channels take 5.1 s to score, and 70 MB."""
AT_ONCE: Final = 2
"""In a process: whoever scores holds one of its threads, and most of a core, for seconds."""
WAIT_S: Final = 2
_places = threading.BoundedSemaphore(AT_ONCE)


class ScorersBusy(TifoError):
    status = 503
    code = "scorers-busy"
    title = "Other files are being scored; nothing was spent"
    meaning = (
        "A process scores two files at a time, and both places were taken for longer than a "
        "request waits. The file was not scored."
    )
    remedy = "Wait as long as `Retry-After` says and send the file again."
    retry = Retry.AFTER_WAIT

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "5"})


@contextmanager
def place() -> Iterator[None]:
    """One of the places for files that are scored; raises ScorersBusy where none comes free."""
    if not _places.acquire(timeout=WAIT_S):
        raise ScorersBusy
    try:
        yield
    finally:
        _places.release()


class ScoreSoundSerializer(AudioUploadSerializer):
    example = {"scorer": DEFAULT.name}

    scorer = serializers.ChoiceField(
        choices=list(VERSIONS),
        required=False,
        help_text=f"A version of the crowd score; {DEFAULT.name} when left out",
        error_messages={
            "invalid_choice": f'No version "{{input}}": choose one of {", ".join(VERSIONS)}.'
        },
    )


class SoundScoreSerializer(serializers.Serializer[Any]):
    at_s = serializers.FloatField(help_text="Seconds from the beginning, where the score was made")
    score = serializers.FloatField(help_text="0 to 100")
    level_dbfs = serializers.FloatField()
    parts = serializers.DictField(child=serializers.FloatField())


class ScoredSoundSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    sha256 = serializers.CharField(help_text="Of the file")
    duration_s = serializers.FloatField()
    scorer = serializers.CharField(help_text="The version of the crowd score")
    scorer_sha256 = serializers.CharField(
        help_text="Of the version's numbers, not of the code that reckons with them"
    )
    score_hz = serializers.IntegerField()
    scores = SoundScoreSerializer(many=True)


class ScoreSoundView(GatedView):
    tag = Tag.LIVE_AUDIO_FEEDBACK
    operations = {"post": spends("sessions:write")}
    parser_classes = [Form]

    def check(self, request: Request) -> None:
        self.upload, asked = look_at(ScoreSoundSerializer, request, self.caller.tier)
        self.version = version_named(asked.get("scorer", DEFAULT.name))
        MOST.refuse_beyond(self.upload.header)

    @extend_schema(
        operation_id="scoreSound",
        summary="Score up to two minutes of sound by any version of the crowd score",
        request=form_of(ScoreSoundSerializer),
        responses=ScoredSoundSerializer,
    )
    def post(self, request: Request) -> Response:
        file = self.upload.file
        with place():
            heard, samples = decoded_at(SAMPLE_RATE, file.file, MOST)  # type: ignore[arg-type]
            scores = rescored(samples, self.version)
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        return Response(
            {
                "name": self.upload.name,
                "sha256": digest.hexdigest(),
                "duration_s": round(heard.duration, 6),
                "scorer": self.version.name,
                "scorer_sha256": self.version.sha256,
                "score_hz": SCORE_HZ,
                "scores": scores,
            }
        )
