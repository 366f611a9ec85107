"""The shapes of a flow in the API's document: what is asked, and what is answered."""

from collections.abc import Mapping
from typing import Any, Final

from rest_framework import serializers

from apps.live_audio_feedback.flow.models import Decision, Flow, Learning
from apps.live_audio_feedback.flow.queries import moment
from apps.live_audio_feedback.flow.rules.bandit import Prior
from apps.live_audio_feedback.flow.rules.commands import Action, Command
from apps.live_audio_feedback.flow.rules.offers import Outcome, Recovery
from apps.live_audio_feedback.flow.rules.settings import SELECTORS
from apps.live_audio_feedback.flow.rules.state import By, Kind, Mode
from apps.live_audio_feedback.flow.rules.tracks import (
    LEAST_BPM,
    MODES,
    MOST_BPM,
    TONICS,
    Features,
    Track,
)
from apps.live_audio_feedback.flow.services import MOST_TRACKS
from foundation.validation.strict import Body, Flag, Number, Pattern, Text, Whole

Row = serializers.Serializer[Any]
TRACK_ID: Final = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}\Z"
TRACK_WORDS: Final = "1 to 64 letters, digits, `_`, `.`, `:` and `-`"


class TrackFeaturesSerializer(Body):
    bpm = Number(min_value=LEAST_BPM, max_value=MOST_BPM)
    energy = Number(min_value=0, max_value=1, help_text="0 calm to 1 driving")
    valence = Number(
        min_value=0, max_value=1, required=False, help_text="0 dark to 1 bright; 0.5 if not given"
    )
    tonic = serializers.ChoiceField(
        choices=TONICS, required=False, help_text="Of the key; with `mode`, or not at all"
    )
    mode = serializers.ChoiceField(choices=MODES, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("tonic" in attrs) != ("mode" in attrs):
            missing = "mode" if "tonic" in attrs else "tonic"
            said = "A key is a tonic and a mode: give both, or none."
            raise serializers.ValidationError({missing: [said]}, "required")
        return super().validate(attrs)


class PoolTrackSerializer(Body):
    id = Pattern(TRACK_ID, help_text=f"Your own, or AVSync's: {TRACK_WORDS}")
    title = Text(max_length=200, required=False, allow_blank=True)
    artist = Text(max_length=200, required=False, allow_blank=True)
    recovery = Flag(required=False, help_text="Whether it is brought for a tired crowd")
    features = TrackFeaturesSerializer()


class SetFlowPoolSerializer(Body):
    example = {
        "tracks": [
            {"id": "opener", "features": {"bpm": 124, "energy": 0.7}},
            {
                "id": "anthem",
                "title": "The one they sing",
                "recovery": True,
                "features": {"bpm": 128, "energy": 0.9, "tonic": "A", "mode": "minor"},
            },
        ]
    }

    tracks = serializers.ListField(
        child=PoolTrackSerializer(), max_length=MOST_TRACKS, help_text="Up to 300"
    )


class FlowFeaturesSerializer(Row):
    bpm = serializers.FloatField()
    energy = serializers.FloatField()
    valence = serializers.FloatField()
    tonic = serializers.CharField(help_text="Empty where no key is known")
    mode = serializers.CharField()


class FlowTrackSerializer(Row):
    id = serializers.CharField()
    title = serializers.CharField()
    artist = serializers.CharField()
    recovery = serializers.BooleanField()
    features = FlowFeaturesSerializer()


class FlowPoolSerializer(Row):
    tracks = FlowTrackSerializer(many=True)


class FlowSettingsSerializer(Body):
    example = {"recovery": "insert", "recovery_below": 45}

    selector = serializers.ChoiceField(choices=SELECTORS, required=False)
    recovery = serializers.ChoiceField(
        choices=[each.value for each in Recovery], required=False, help_text="`insert`: in `auto`"
    )
    recovery_below = Number(min_value=1, max_value=90, required=False, help_text="Points; 40")
    recovery_hysteresis = Number(min_value=0, max_value=30, required=False, help_text="Points; 5")
    recovery_for_s = Number(min_value=1, max_value=600, required=False, help_text="20")
    recovery_cooldown_s = Number(min_value=0, max_value=7_200, required=False, help_text="180")
    repeat_after_s = Number(min_value=0, max_value=86_400, required=False, help_text="3600")
    veto_s = Number(min_value=1, max_value=86_400, required=False, help_text="1800")
    ahead = Whole(min_value=1, max_value=20, required=False, help_text="Queued in `auto`; 1")


class CommandFlowSerializer(Body):
    example = {"action": "mode", "mode": "suggest"}

    action = serializers.ChoiceField(choices=[each.value for each in Action])
    track = Pattern(TRACK_ID, required=False, help_text="Of the pool, or of the queue")
    position = Whole(min_value=0, max_value=999, required=False, help_text="In the queue, from 0")
    mode = serializers.ChoiceField(choices=[each.value for each in Mode], required=False)
    proposal = Text(max_length=40, required=False, help_text="To be accepted or rejected")
    version = Whole(
        min_value=0, max_value=2**31 - 1, required=False, help_text="Refused if it is not this one"
    )


class FlowLearningSerializer(Body):
    example = {"across_sessions": True}

    across_sessions = Flag()


class LearningSerializer(Row):
    across_sessions = serializers.BooleanField()
    responses = serializers.IntegerField(help_text="Plays that have taught what is kept")
    changed_at = serializers.DateTimeField()


class FlowEntrySerializer(Row):
    track = serializers.CharField()
    by = serializers.ChoiceField(choices=[each.value for each in By])


class FlowPlayingSerializer(Row):
    track = serializers.CharField()
    since = serializers.DateTimeField()
    by = serializers.ChoiceField(choices=[each.value for each in By])


class FlowReasonSerializer(Row):
    code = serializers.CharField()
    detail = serializers.CharField()
    points = serializers.FloatField(allow_null=True, help_text="Of 100, where it counts for some")


class FlowProposalSerializer(Row):
    id = serializers.CharField()
    track = serializers.CharField()
    kind = serializers.ChoiceField(choices=[each.value for each in Kind])
    after = serializers.CharField(help_text="What played when it was made; empty for nothing")
    at = serializers.DateTimeField()
    reasons = FlowReasonSerializer(many=True)


class FlowVetoSerializer(Row):
    track = serializers.CharField()
    ends_at = serializers.DateTimeField()


class FlowChosenSettingsSerializer(Row):
    selector = serializers.ChoiceField(choices=SELECTORS)
    recovery = serializers.ChoiceField(choices=[each.value for each in Recovery])
    recovery_below = serializers.FloatField()
    recovery_hysteresis = serializers.FloatField()
    recovery_for_s = serializers.FloatField()
    recovery_cooldown_s = serializers.FloatField()
    repeat_after_s = serializers.FloatField()
    veto_s = serializers.FloatField()
    ahead = serializers.IntegerField()


class FlowSerializer(Row):
    session = serializers.CharField()
    version = serializers.IntegerField(help_text="Grows with every change")
    mode = serializers.ChoiceField(choices=[each.value for each in Mode])
    locked = serializers.BooleanField()
    panicked = serializers.BooleanField()
    playing = FlowPlayingSerializer(allow_null=True)
    queue = FlowEntrySerializer(many=True)
    proposal = FlowProposalSerializer(allow_null=True)
    vetoes = FlowVetoSerializer(many=True)
    blacklist = serializers.ListField(child=serializers.CharField())
    settings = FlowChosenSettingsSerializer()


class OfferSerializer(Row):
    outcome = serializers.ChoiceField(
        choices=[*(each.value for each in Outcome), "none"], help_text="`none`: none was wanted"
    )
    flow = FlowSerializer()


class FlowDecisionSerializer(Row):
    number = serializers.IntegerField(help_text="From 1, without a gap")
    at = serializers.DateTimeField()
    by = serializers.ChoiceField(choices=["artist", "selector"])
    action = serializers.CharField(help_text="A command's, or `offer`, `configure`, `pool`")
    track = serializers.CharField()
    outcome = serializers.CharField(help_text="`done` for what the artist did")
    version = serializers.IntegerField(help_text="Of the flow after it")
    detail = serializers.DictField(child=serializers.JSONField())
    key = serializers.CharField(help_text="That asked; empty for the selector")


def track_of(asked: Mapping[str, Any]) -> Track:
    """The track as the rules know it, from a valid body."""
    return Track(**{**asked, "features": Features(**asked["features"])})


def command_of(asked: Mapping[str, Any]) -> Command:
    """The command as the rules know it, from a valid body."""
    mode = Mode(asked["mode"]) if "mode" in asked else None
    return Command(**{**asked, "action": Action(asked["action"]), "mode": mode})


def render(flow: Flow) -> dict[str, Any]:
    state = flow.state_now()
    playing, proposal = flow.state["playing"], flow.state["proposal"]
    return {
        "session": flow.session_id,
        "version": state.version,
        "mode": state.mode,
        "locked": state.locked,
        "panicked": state.panicked,
        "playing": playing and playing | {"since": moment(playing["since"])},
        "queue": flow.state["queue"],
        "proposal": proposal and proposal | {"at": moment(proposal["at"])},
        "vetoes": [
            {"track": track, "ends_at": moment(ends)} for track, ends in state.vetoes.items()
        ],
        "blacklist": sorted(state.blacklist),
        "settings": flow.settings_now().dump(),
    }


def render_decision(row: Decision) -> dict[str, Any]:
    return {
        "number": row.number,
        "at": row.at,
        "by": row.by,
        "action": row.action,
        "track": row.track,
        "outcome": row.outcome,
        "version": row.version,
        "detail": row.detail,
        "key": row.key_id,
    }


def render_learning(row: Learning) -> dict[str, Any]:
    return {
        "across_sessions": row.across_sessions,
        "responses": Prior.load(row.prior).responses,
        "changed_at": row.changed_at,
    }
