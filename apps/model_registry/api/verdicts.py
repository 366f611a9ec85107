"""How a report and its verdict look over REST."""

from typing import Any

from rest_framework import serializers


class CapReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    limit = serializers.JSONField(help_text="The cap: a number, or true for a demand")
    found = serializers.JSONField(help_text="What the file shows")


class PlacementSerializer(serializers.Serializer[Any]):
    allowed = serializers.BooleanField()
    reasons = CapReasonSerializer(many=True)


class PlacementsSerializer(serializers.Serializer[Any]):
    cloud = PlacementSerializer()
    edge = PlacementSerializer()
    device = PlacementSerializer()


class ModelVerdictSerializer(serializers.Serializer[Any]):
    format = serializers.CharField()
    architecture = serializers.CharField()
    parameters = serializers.IntegerField()
    bits_per_weight = serializers.FloatField()
    weight_bytes = serializers.IntegerField()
    file_bytes = serializers.IntegerField()
    quantised = serializers.BooleanField()
    quantisation = serializers.CharField()
    transformer = serializers.ChoiceField(choices=["yes", "no", "unproven"])
    tensors = serializers.IntegerField()
    evidence = serializers.ListField(child=serializers.CharField())
    bytes_read = serializers.IntegerField()
    header_sha256 = serializers.CharField()
    placements = PlacementsSerializer()
