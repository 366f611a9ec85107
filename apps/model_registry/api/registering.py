"""What is sent to register a model: a form with its files, or JSON that names finished uploads."""

import hashlib
import re
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from apps.model_registry import queries, services
from apps.model_registry.models import Model
from apps.model_registry.services.fetching import FILES_MOST
from apps.model_registry.services.inspecting import PARTS, Given
from foundation import files
from foundation.errors import Invalid, pointed_at
from foundation.files import TooLarge, uploads
from foundation.models import StoredFile
from foundation.validation.strict import Body, Pattern, Text
from foundation.validation.strict_json import read_json
from gateway.callers.caller import Caller

NAMES: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_name_of_a_file: Final = re.compile(NAMES.replace("$", r"\Z"))
_OF_TENSORS: Final = (
    "Of `tensors` at most `independent_rows`: true where the first axis of every input and output "
    "counts rows that do not depend on each other, so that several jobs may be done as one"
)
_ANOTHER: Final = "Another file of the model: a shard, its index, or external data"


@extend_schema_field({"type": "string", "contentMediaType": "application/json"})
class Declared(serializers.JSONField):
    """An object, as the text of a form's part."""

    def get_value(self, dictionary: Any) -> Any:
        return dictionary.get(self.field_name, serializers.empty)

    def to_internal_value(self, data: Any) -> Any:
        try:
            found = read_json(str(data).encode())
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise ValidationError([ErrorDetail("Must be a JSON object.", "invalid")])
        return found


@extend_schema_field({"type": "object", "additionalProperties": {}})
class Members(serializers.JSONField):
    """An object."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise ValidationError([ErrorDetail("Must be an object.", "invalid")])
        return data


class RegisterModelSerializer(Body):
    example = {"name": "speech", "version": "6.2", "licence": "MIT", "contract": "audio_tagger"}

    name = serializers.RegexField(NAMES, max_length=100)
    version = serializers.RegexField(NAMES, max_length=60)
    base = serializers.CharField(
        required=False, max_length=40, help_text="Of an adapter: the model that it changes"
    )
    licence = serializers.CharField(required=False, max_length=200, help_text="A note of yours")
    contract = serializers.ChoiceField(
        choices=services.CONTRACT_NAMES, required=False, help_text="The task that it serves"
    )
    declaration = Declared(
        required=False,
        help_text=f"What the contract asks you to declare: a JSON object. {_OF_TENSORS}",
    )
    file = serializers.FileField(help_text="ONNX, TFLite, GGUF or safetensors")
    file_2 = serializers.FileField(required=False, help_text=_ANOTHER)
    file_3 = serializers.FileField(required=False, help_text=_ANOTHER)
    file_4 = serializers.FileField(required=False, help_text=_ANOTHER)
    file_5 = serializers.FileField(required=False, help_text=_ANOTHER)
    file_6 = serializers.FileField(required=False, help_text=_ANOTHER)
    file_7 = serializers.FileField(required=False, help_text=_ANOTHER)
    file_8 = serializers.FileField(required=False, help_text=_ANOTHER)


class NamedModelSerializer(Body):  # of JSON, wherever the files are
    name = Pattern(NAMES, max_length=100)
    version = Pattern(NAMES, max_length=60)
    base = Text(max_length=40, required=False, help_text="Of an adapter: the model that it changes")
    licence = Text(max_length=200, required=False, help_text="A note of yours")
    contract = serializers.ChoiceField(
        choices=services.CONTRACT_NAMES, required=False, help_text="The task that it serves"
    )
    declaration = Members(
        required=False, help_text=f"What the contract asks you to declare. {_OF_TENSORS}"
    )


class UploadedFileSerializer(Body):
    file = Text(
        max_length=40,
        help_text="A finished upload of the purpose `model`: its own id, or its file's",
    )
    name = Pattern(
        NAMES, max_length=200, required=False, help_text="Defaults to what the upload was called"
    )


class RegisterUploadsSerializer(NamedModelSerializer):
    example = {
        "name": "speech",
        "version": "6.2",
        "licence": "MIT",
        "files": [{"file": "upl_06a7x2mQ9sKd4TzB1vLfYe", "name": "speech.onnx"}],
    }

    files = serializers.ListField(
        child=UploadedFileSerializer(), min_length=1, max_length=FILES_MOST
    )


def asked_of(asked: dict[str, Any], caller: Caller) -> services.Asked:
    """What a body says of a model; raises Invalid, and NotFound for a base that is none."""
    contract, declaration = asked.get("contract", ""), asked.get("declaration")
    services.refuse_unused(contract, declaration)
    return services.Asked(
        name=asked["name"],
        version=asked["version"],
        base=_base(asked["base"], caller) if "base" in asked else None,
        licence=asked.get("licence", ""),
        contract=contract,
        declaration=declaration,
    )


def take_parts(
    asked: dict[str, Any], given: list[Given], *, organisation_id: str, now: datetime
) -> None:
    """Store the files of a form, and add them to `given` one by one."""
    parts = [(part, asked[part]) for part in PARTS if part in asked]
    names = [sent.name for _, sent in parts]
    for part, sent in parts:
        if names.count(sent.name) > 1:
            raise Invalid.field(
                f"/{part}", "repeated", f"Two files are called {sent.name}: rename one."
            )
    # As uploads are taken: in one order, since under an Idempotency-Key each is locked to the end.
    for part, sent in sorted(parts, key=lambda each: _digest(each[1])) if parts[1:] else parts:
        with pointed_at(f"/{part}"):
            stored = files.store(
                organisation_id=organisation_id,
                name=sent.name,
                content_type="application/octet-stream",
                chunks=sent.chunks(),
                now=now,
                expires_at=now + files.UNOWNED_LIFETIME,
            )
        given.append(Given(stored, f"/{part}"))
    given.sort(key=lambda each: PARTS.index(each.at.removeprefix("/")))


def take_uploads(
    rows: list[dict[str, Any]], given: list[Given], *, caller: Caller, now: datetime
) -> None:
    """Add the files of finished uploads to `given`: the uploads stay what they are."""
    left, found = settings.MODEL_MAX_BYTES, dict[str, tuple[str, StoredFile]]()
    for number, row in enumerate(rows):
        at = f"/files/{number}/file"
        with pointed_at(at):
            file = uploads.finished_file(
                row["file"],
                organisation_id=caller.organisation.pk,
                livemode=caller.livemode,
                purpose="model",
                now=now,
            )
            name = row.get("name", file.name)
            if not _name_of_a_file.match(name):
                said = "The upload's own name is none for a file of a model: say one."
                raise Invalid.field(f"/files/{number}/name", "missing", said)
            if name in {other for other, _ in found.values()}:
                said = f"Two files are called {name}: give one another `name`."
                raise Invalid.field(f"/files/{number}/name", "repeated", said)
            left -= file.size_bytes
            if left < 0:
                most = settings.MODEL_MAX_BYTES
                raise TooLarge(f"At most {most} bytes in all files.", limit_bytes=most)
        found[at] = name, file
    # In one order whoever names them, since each is locked to the end: or two would wait for ever.
    for at, (name, file) in sorted(found.items(), key=lambda each: each[1][1].path):
        with pointed_at(at):
            shared = files.share(file, name=name, now=now, expires_at=now + files.UNOWNED_LIFETIME)
        given.append(Given(shared, at))
    given.sort(key=lambda each: [*found].index(each.at))


def _digest(sent: "UploadedFile[Any]") -> bytes:
    """SHA-256, by which the bytes of one organisation's files lie."""
    digest = hashlib.sha256()
    for chunk in sent.chunks():
        digest.update(chunk)
    return digest.digest()


def _base(model_id: str, caller: Caller) -> Model:
    with pointed_at("/base"):
        return queries.base(caller.organisation, model_id, livemode=caller.livemode)
