"""What is told of a registered model."""

from typing import Any

from rest_framework import serializers

from apps.model_registry import queries
from apps.model_registry.api.verdicts import ModelVerdictSerializer
from apps.model_registry.models import Model
from modelhub.rules import PLACEMENTS
from modelhub.summary import summary
from tenants.models import TierVersion


class PortSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    dtype = serializers.CharField()
    shape = serializers.JSONField(
        help_text="Of each axis a number, a name (all of one name are equal), or null"
    )


class ModelFileSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    sha256 = serializers.CharField()
    size_bytes = serializers.IntegerField()


class RegisteredModelSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    version = serializers.CharField()
    kind = serializers.ChoiceField(choices=Model.Kind.choices)
    base = serializers.CharField(allow_null=True, help_text="Of an adapter")
    livemode = serializers.BooleanField()
    state = serializers.ChoiceField(choices=Model.State.choices)
    licence = serializers.CharField()
    contract = serializers.CharField(allow_null=True, help_text="The task that it serves")
    declaration = serializers.JSONField(
        allow_null=True, help_text="What was declared for its contract, as it was given"
    )
    inputs = PortSerializer(many=True, allow_null=True, help_text="Of an ONNX graph")
    outputs = PortSerializer(many=True, allow_null=True)
    sha256 = serializers.CharField(
        help_text="Of the file; of lines of digest, two spaces and name where there are several"
    )
    size_bytes = serializers.IntegerField(help_text="Of all files")
    files = ModelFileSerializer(many=True)
    format = serializers.CharField()
    parameters = serializers.IntegerField(help_text="An adapter's with its base's")
    created_at = serializers.DateTimeField()
    created_by = serializers.CharField(help_text="The key that registered it")
    retired_at = serializers.DateTimeField(allow_null=True)


class ModelPlacementsSerializer(serializers.Serializer[Any]):
    model = serializers.CharField()
    tier_version = serializers.CharField(help_text="Whose caps were applied")
    allowed = serializers.ListField(child=serializers.ChoiceField(choices=PLACEMENTS))
    adapter_parameters = serializers.IntegerField(help_text="How many of them are an adapter's")
    verdict = ModelVerdictSerializer()


def render(model: Model) -> dict[str, Any]:
    return {
        "id": model.pk,
        "name": model.name,
        "version": model.version,
        "kind": model.kind,
        "base": model.base_id,
        "livemode": model.livemode,
        "state": model.state,
        "licence": model.licence,
        "contract": model.contract or None,
        "declaration": model.declaration,
        "inputs": model.inputs,
        "outputs": model.outputs,
        "sha256": model.sha256,
        "size_bytes": model.size_bytes,
        "files": [
            {"name": each.name, "sha256": each.sha256, "size_bytes": each.size_bytes}
            for each in sorted(model.files.all(), key=lambda file: file.name)
        ],
        "format": model.report["format"],
        "parameters": model.report["parameters"],
        "created_at": model.created_at,
        "created_by": model.created_by,
        "retired_at": model.retired_at,
    }


def render_placements(model: Model, tier: TierVersion) -> dict[str, Any]:
    """Where it may run by the caps of today, and why not elsewhere."""
    report, verdict = queries.judged(model, tier)
    return {
        "model": model.pk,
        "tier_version": str(tier),
        "allowed": list(verdict.allowed),
        "adapter_parameters": report.adapter_parameters,
        "verdict": summary(report, verdict),
    }
