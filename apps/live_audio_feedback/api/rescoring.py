"""The sound of a file, scored as if it had come live, by any version of the crowd score."""

import hashlib
from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.live_audio_feedback.rules.rescoring import SCORE_HZ, rescored
from audio.crowd import DEFAULT, VERSIONS, version_named
from audio.files import AudioTooLong
from foundation.http.parsers import Form
from gateway.contract.tags import Tag
from gateway.doors.views import GatedView
from gateway.operations import spends
from recordings.api import AudioUploadSerializer, form_of, look_at
from recordings.reading import BadAudio, decoded

MOST_SECONDS: Final = 120  # about two seconds of one core


class ScoreSoundSerializer(AudioUploadSerializer):
    example = {"scorer": DEFAULT.name}

    scorer = serializers.ChoiceField(
        choices=list(VERSIONS),
        required=False,
        help_text=f"A version of the crowd score; {DEFAULT.name} when left out",
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
    scorer_sha256 = serializers.CharField(help_text="Of the version's numbers, not of the code that reckons with them")
    score_hz = serializers.IntegerField()
    scores = SoundScoreSerializer(many=True)


class ScoreSoundView(GatedView):
    tag = Tag.LIVE_AUDIO_FEEDBACK
    operations = {"post": spends("sessions:write")}
    parser_classes = [Form]

    def check(self, request: Request) -> None:
        self.upload, asked = look_at(ScoreSoundSerializer, request, self.caller.tier)
        self.version = version_named(asked.get("scorer", DEFAULT.name))
        if self.upload.header.duration > MOST_SECONDS:
            raise BadAudio.because(AudioTooLong(MOST_SECONDS))

    @extend_schema(
        operation_id="scoreSound",
        summary="Score up to two minutes of sound by any version of the crowd score",
        request=form_of(ScoreSoundSerializer),
        responses=ScoredSoundSerializer,
    )
    def post(self, request: Request) -> Response:
        file = self.upload.file
        sound = decoded(file.file, seconds=MOST_SECONDS)  # type: ignore[arg-type]
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        return Response(
            {
                "name": self.upload.name,
                "sha256": digest.hexdigest(),
                "duration_s": round(sound.duration, 6),
                "scorer": self.version.name,
                "scorer_sha256": self.version.sha256,
                "score_hz": SCORE_HZ,
                "scores": rescored(sound, self.version),
            }
        )
