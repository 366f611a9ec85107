"""Clips, the catalogue of stems and chains, and effects over REST."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.live_room import queries, rules, services
from apps.live_room.models import Clip, Effect
from audio import effects, stems
from foundation.clock import now
from foundation.errors import pointed_at
from foundation.files import signed_url
from foundation.http.pagination import page
from foundation.http.parsers import Form
from foundation.validation.strict import Number, Text
from gateway.contract.answers import page_of
from gateway.contract.tags import Tag
from gateway.doors.awaiting import AwaitingView
from gateway.doors.parameters import PAGE_PARAMETERS
from gateway.doors.views import GatedView, valid
from gateway.operations import reads, spends
from jobs.api import JobTermsSerializer, terms
from jobs.failures import JobFailureSerializer, failure_of
from jobs.models import Job
from recordings.api import FORM, described, look
from recordings.services import store
from tenants.limits import Cost


class ClipSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    livemode = serializers.BooleanField()
    duration_s = serializers.FloatField(help_text="Counted at the upload, and by its first job")
    sample_rate = serializers.IntegerField()
    channels = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="Of the uploaded bytes")
    created_at = serializers.DateTimeField()


class EffectParameterSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    unit = serializers.CharField()
    minimum = serializers.FloatField()
    maximum = serializers.FloatField()
    default = serializers.FloatField()
    description = serializers.CharField()


class EffectChainSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    description = serializers.CharField()
    latency_ms = serializers.FloatField(help_text="Of the chain in a live stream at 48 kHz")
    tail_seconds = serializers.FloatField(help_text="With the defaults")
    longest_tail_seconds = serializers.FloatField()
    parameters = EffectParameterSerializer(many=True)


class EffectCatalogueSerializer(serializers.Serializer[Any]):
    stems = serializers.ListField(child=serializers.CharField())
    chains = EffectChainSerializer(many=True)


class RequestEffectSerializer(JobTermsSerializer):
    example = {"clip": "clp_06a7x2mQ9sKd4TzB1vLfYe", "kind": "stem", "name": "percussive"}

    clip = Text(max_length=40)
    kind = serializers.ChoiceField(choices=Effect.Kind.choices)
    name = Text(max_length=40, help_text="A stem or a chain of the catalogue")
    parameters = serializers.DictField(child=Number(), required=False)
    accelerator = serializers.ChoiceField(
        choices=Job.Accelerator.choices,
        required=False,
        help_text="Which queue; by default gpu for stems and cpu for chains",
    )
    container = serializers.ChoiceField(choices=["wav", "flac"], default="wav")


class EffectSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    clip = serializers.CharField(allow_null=True)
    kind = serializers.ChoiceField(choices=Effect.Kind.choices)
    name = serializers.CharField()
    parameters = serializers.DictField(child=serializers.FloatField())
    livemode = serializers.BooleanField()
    job = serializers.CharField(help_text="See /v1/jobs/{job_id}")
    state = serializers.ChoiceField(choices=Job.State.choices)
    error = JobFailureSerializer(allow_null=True, help_text="Why the job failed")
    url = serializers.CharField(
        allow_null=True, help_text="Signed address of the sound once the job has succeeded"
    )
    created_at = serializers.DateTimeField()


def render_clip(clip: Clip) -> dict[str, Any]:
    return {
        "id": clip.pk,
        **described(clip.recording),
        "created_at": clip.recording.created_at,
    }


def render_effect(effect: Effect) -> dict[str, Any]:
    made = list(effect.job.files.all())
    return {
        "id": effect.pk,
        "clip": effect.clip_id,
        "kind": effect.kind,
        "name": effect.name,
        "parameters": effect.parameters,
        "livemode": effect.livemode,
        "job": effect.job_id,
        "state": effect.job.state,
        "error": failure_of(effect.job),
        "url": signed_url(made[0].pk, now=now()) if made else None,
        "created_at": effect.created_at,
    }


class ClipsView(GatedView):
    tag = Tag.LIVE_ROOM
    operations = {"get": reads("effects:read"), "post": spends("effects:write")}
    query_parameters = {"get": PAGE_PARAMETERS}
    parser_classes = [Form]

    def check(self, request: Request) -> None:
        if request.method == "POST":
            self.upload = look(request, self.caller.tier)

    @extend_schema(
        operation_id="listClips",
        summary="The organisation's clips, newest first",
        responses=page_of(ClipSerializer),
    )
    def get(self, request: Request) -> Response:
        rows = queries.clips(self.caller.organisation, livemode=self.caller.livemode)
        return Response(page(rows, request.query_params).render(render_clip))

    @extend_schema(
        operation_id="createClip",
        summary="Upload a clip to make effects and stems from",
        request=FORM,
        responses={201: ClipSerializer},
    )
    def post(self, request: Request) -> Response:
        recording = store(
            self.upload,
            organisation=self.caller.organisation,
            livemode=self.caller.livemode,
            now=now(),
        )
        clip = services.create_clip(recording=recording, now=now())
        return Response(render_clip(clip), status=201)


class ClipView(GatedView):
    tag = Tag.LIVE_ROOM
    operations = {"get": reads("effects:read"), "delete": spends("effects:write")}

    @extend_schema(operation_id="getClip", summary="One clip", responses=ClipSerializer)
    def get(self, request: Request, clip_id: str) -> Response:
        return Response(render_clip(self._clip(clip_id)))

    @extend_schema(
        operation_id="deleteClip", summary="Delete the clip and its sound", responses={204: None}
    )
    def delete(self, request: Request, clip_id: str) -> Response:
        services.delete_clip(self._clip(clip_id), now=now())
        return Response(status=204)

    def _clip(self, clip_id: str) -> Clip:
        return queries.clip(self.caller.organisation, clip_id, livemode=self.caller.livemode)


class EffectCatalogueView(GatedView):
    tag = Tag.LIVE_ROOM
    operations = {"get": reads("effects:read")}

    @extend_schema(
        operation_id="getEffectCatalogue",
        summary="Every stem and chain with its parameters",
        responses=EffectCatalogueSerializer,
    )
    def get(self, request: Request) -> Response:
        return Response({"stems": list(stems.STEMS), "chains": effects.describe()})


class EffectsView(AwaitingView):
    tag = Tag.LIVE_ROOM
    waits = frozenset({"post"})
    operations = {
        "get": reads("effects:read"),
        "post": spends("effects:write", **{Cost.EFFECTS: 1}),
    }
    refusals = {"post": ["404"]}  # the clip
    query_parameters = {"get": PAGE_PARAMETERS}

    def check(self, request: Request) -> None:
        """A wrong name, parameter or clip is refused before an effect is spent on it."""
        if request.method != "POST":
            return
        self.asked = valid(RequestEffectSerializer(data=request.data))
        self.parameters = rules.resolve(
            self.asked["kind"], self.asked["name"], self.asked.get("parameters", {})
        )
        with pointed_at("/clip"):
            self.clip = queries.clip(
                self.caller.organisation, self.asked["clip"], livemode=self.caller.livemode
            )

    @extend_schema(
        operation_id="listEffects",
        summary="Effects that were requested, newest first",
        responses=page_of(EffectSerializer),
    )
    def get(self, request: Request) -> Response:
        rows = queries.effects(self.caller.organisation, livemode=self.caller.livemode)
        return Response(page(rows, request.query_params).render(render_effect))

    @extend_schema(
        operation_id="requestEffect",
        summary="Take a stem out of a clip, or run it through a chain; counts one effect",
        request=RequestEffectSerializer,
        responses={202: EffectSerializer},
    )
    def post(self, request: Request) -> Response:
        assert self.admission is not None
        self.effect = services.request_effect(
            clip=self.clip,
            kind=self.asked["kind"],
            name=self.asked["name"],
            parameters=self.parameters,
            accelerator=self.asked.get("accelerator"),
            container=self.asked["container"],
            charges=self.admission.receipts,
            key_id=self.caller.credential_id,
            terms=terms(self.asked, now=now()),
            now=now(),
        )
        self.job = self.effect.job
        return Response(render_effect(self.effect), status=202)

    def told(self) -> Any:
        effect = queries.effect(
            self.caller.organisation, self.effect.pk, livemode=self.caller.livemode
        )
        return render_effect(effect)


class EffectView(GatedView):
    tag = Tag.LIVE_ROOM
    operations = {"get": reads("effects:read")}

    @extend_schema(
        operation_id="getEffect",
        summary="One effect, with the address of its sound when it is done",
        responses=EffectSerializer,
    )
    def get(self, request: Request, effect_id: str) -> Response:
        effect = queries.effect(self.caller.organisation, effect_id, livemode=self.caller.livemode)
        return Response(render_effect(effect))
