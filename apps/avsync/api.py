"""Tracks and timelines over REST."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.avsync import queries, services
from apps.avsync.models import Track
from apps.avsync.timeline import TimelineSerializer
from foundation.clock import now
from foundation.http.pagination import page
from foundation.http.parsers import Form
from gateway.contract.answers import page_of
from gateway.contract.tags import Tag
from gateway.doors.awaiting import AwaitingView
from gateway.doors.parameters import PAGE_PARAMETERS
from gateway.doors.views import GatedView
from gateway.operations import reads, spends
from jobs.api import JobTermsForm, terms
from jobs.failures import JobFailureSerializer, failure_of
from jobs.models import Job
from recordings.api import AudioUploadSerializer, described, form_of, look_at
from recordings.services import store


class TrackUploadSerializer(JobTermsForm, AudioUploadSerializer):
    """Sound, and what its analysis is to go by."""


class TrackSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    livemode = serializers.BooleanField()
    duration_s = serializers.FloatField(help_text="Counted at the upload, and by the analysis")
    sample_rate = serializers.IntegerField()
    channels = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="Of the uploaded bytes")
    job = serializers.CharField(help_text="The analysis; see /v1/jobs/{job_id}")
    state = serializers.ChoiceField(choices=Job.State.choices, help_text="Of the analysis")
    error = JobFailureSerializer(allow_null=True, help_text="Why the analysis failed")
    created_at = serializers.DateTimeField()


def render(track: Track) -> dict[str, Any]:
    return {
        "id": track.pk,
        **described(track.recording),
        "job": track.analysis_id,
        "state": track.analysis.state,
        "error": failure_of(track.analysis),
        "created_at": track.recording.created_at,
    }


class TracksView(AwaitingView):
    tag = Tag.AVSYNC
    waits = frozenset({"post"})
    operations = {"get": reads("tracks:read"), "post": spends("tracks:write")}
    query_parameters = {"get": PAGE_PARAMETERS}
    parser_classes = [Form]

    def check(self, request: Request) -> None:
        if request.method == "POST":
            self.upload, asked = look_at(TrackUploadSerializer, request, self.caller.tier)
            self.terms = terms(asked, now=now())

    @extend_schema(
        operation_id="listTracks",
        summary="The organisation's tracks, newest first",
        responses=page_of(TrackSerializer),
    )
    def get(self, request: Request) -> Response:
        rows = queries.tracks(self.caller.organisation, livemode=self.caller.livemode)
        return Response(page(rows, request.query_params).render(render))

    @extend_schema(
        operation_id="createTrack",
        summary="Upload a track; its analysis starts at once",
        request=form_of(TrackUploadSerializer),
        responses={201: TrackSerializer},
    )
    def post(self, request: Request) -> Response:
        recording = store(
            self.upload,
            organisation=self.caller.organisation,
            livemode=self.caller.livemode,
            now=now(),
        )
        self.track = services.create_track(
            recording=recording,
            key_id=self.caller.credential_id,
            terms=self.terms,
            now=now(),
        )
        self.job = self.track.analysis
        return Response(render(self.track), status=201)

    def told(self) -> Any:
        track = queries.track(
            self.caller.organisation, self.track.pk, livemode=self.caller.livemode
        )
        return render(track)


class TrackView(GatedView):
    tag = Tag.AVSYNC
    operations = {"get": reads("tracks:read"), "delete": spends("tracks:write")}

    @extend_schema(operation_id="getTrack", summary="One track", responses=TrackSerializer)
    def get(self, request: Request, track_id: str) -> Response:
        return Response(render(self._track(track_id)))

    @extend_schema(
        operation_id="deleteTrack",
        summary="Delete the track, its sound and its timeline",
        responses={204: None},
    )
    def delete(self, request: Request, track_id: str) -> Response:
        services.delete_track(self._track(track_id), now=now())
        return Response(status=204)

    def _track(self, track_id: str) -> Track:
        return queries.track(self.caller.organisation, track_id, livemode=self.caller.livemode)


class TimelineView(GatedView):
    tag = Tag.AVSYNC
    operations = {"get": reads("tracks:read")}
    refusals = {"get": ["409", "422"]}  # not ready yet, and never to be

    @extend_schema(
        operation_id="getTimeline",
        summary="Tempo, beats, bars, loudness, silences, onsets, sections and the arousal arc",
        responses=TimelineSerializer,
    )
    def get(self, request: Request, track_id: str) -> Response:
        track = queries.track(self.caller.organisation, track_id, livemode=self.caller.livemode)
        return Response(queries.timeline(track))
