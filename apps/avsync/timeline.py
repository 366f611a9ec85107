"""The timeline's shape in the OpenAPI document; what each field means is in the reference."""

from typing import Any

from rest_framework import serializers

Row = serializers.Serializer[Any]


class TempoAlternativeSerializer(Row):
    bpm = serializers.FloatField()
    factor = serializers.FloatField(help_text="Times the chosen tempo")
    confidence = serializers.FloatField()


class TempoSerializer(Row):
    bpm = serializers.FloatField(allow_null=True, help_text="Null where nothing beats")
    confidence = serializers.FloatField()
    alternatives = TempoAlternativeSerializer(many=True)


class BeatsPerBarSerializer(Row):
    value = serializers.IntegerField(allow_null=True)
    confidence = serializers.FloatField()


class BeatSerializer(Row):
    time = serializers.FloatField(help_text="Seconds")
    position = serializers.IntegerField(help_text="In the bar, from 1")
    confidence = serializers.FloatField()


class LoudnessSerializer(Row):
    integrated_lufs = serializers.FloatField(allow_null=True, help_text="EBU R128; null: silence")
    range_lu = serializers.FloatField(allow_null=True)
    true_peak_dbtp = serializers.FloatField(allow_null=True)
    rate = serializers.IntegerField(help_text="Values per second of both curves")
    momentary_lufs = serializers.ListField(child=serializers.FloatField())
    short_term_lufs = serializers.ListField(child=serializers.FloatField())


class SilenceSerializer(Row):
    start = serializers.FloatField()
    end = serializers.FloatField()


class TimelineCurveSerializer(Row):
    rate = serializers.IntegerField(help_text="Value i belongs to i / rate seconds")
    values = serializers.ListField(child=serializers.FloatField(), help_text="0 to 1")


class SectionSerializer(Row):
    start = serializers.FloatField()
    end = serializers.FloatField()
    label = serializers.CharField(  # type: ignore[assignment]  # the word of the field itself
        help_text="Sections that repeat share a letter"
    )
    confidence = serializers.FloatField()
    loudness_lufs = serializers.FloatField(allow_null=True)


class MusicalKeySerializer(Row):
    tonic = serializers.CharField()
    mode = serializers.CharField()
    confidence = serializers.FloatField()


class TimelineSerializer(Row):
    schema = serializers.CharField()
    duration = serializers.FloatField()
    tempo = TempoSerializer()
    beats_per_bar = BeatsPerBarSerializer()
    beats = BeatSerializer(many=True)
    downbeats = serializers.ListField(child=serializers.FloatField())
    loudness = LoudnessSerializer()
    silences = SilenceSerializer(many=True)
    onset_strength = TimelineCurveSerializer()
    sections = SectionSerializer(many=True)
    arousal = TimelineCurveSerializer(help_text="Excitement, measured not rated; see the reference")
    key = MusicalKeySerializer(allow_null=True)
