"""What a field would have taken, said where it refused: the framework keeps patterns and choices
to itself."""

from collections.abc import Iterator
from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

Field = serializers.Field[Any, Any, Any, Any]


def require_valid(serializer: serializers.BaseSerializer[Any]) -> None:
    """Raises DRF's ValidationError, whose words name the pattern or the choices of the field."""
    if not serializer.is_valid():
        raise serializers.ValidationError(_told(serializer, serializer.errors))


def _told(field: Field | None, errors: Any) -> Any:
    """The errors as they were, each in words that suit the field it is about."""
    if isinstance(errors, dict):
        return {name: _told(_inner(field, name), each) for name, each in errors.items()}
    if isinstance(errors, list):
        return [_told(field, each) for each in errors]
    if field is None or not isinstance(errors, ErrorDetail):
        return errors
    return ErrorDetail(" ".join([errors, *_expected(field, errors)]), errors.code)


def _inner(field: Field | None, name: Any) -> Field | None:
    if isinstance(field, serializers.Serializer):
        return field.fields.get(name)
    if isinstance(
        field, serializers.ListSerializer | serializers.ListField | serializers.DictField
    ):
        return field.child
    return None


def _expected(field: Field, error: ErrorDetail) -> Iterator[str]:
    if isinstance(field, serializers.ChoiceField) and error.code == "invalid_choice":
        yield f"Choose one of {', '.join(map(str, field.choices))}."
    if error.code == "invalid":
        for rule in field.validators:
            if isinstance(rule, RegexValidator):
                yield f"The pattern is {getattr(rule.regex, 'pattern', rule.regex)}"
