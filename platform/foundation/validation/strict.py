"""What a JSON body may hold: each value is taken for what it is, and no member goes unread.

The framework's own fields guess: `true` is 1.0 to them, 5 is "5", "yes" is true, and a member with
a slip in its name is dropped without a word. A guess that is wrong loses what the caller meant.
Multipart forms carry nothing but text, so their fields stay the framework's.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

from django.core.validators import MaxValueValidator, MinValueValidator
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from foundation.validation.moments import EXPLAINED, read_moment

OUT_OF_RANGE: Final = "out-of-range"
UNKNOWN: Final = "unknown-member"
MOST_TOLD: Final = 20  # of the members that nobody knows


class Body(serializers.Serializer[Any]):
    """An object of known members: any other is refused, and pointed at.

    `example` is one that the operation takes, for the API's document; what it leaves out although
    it is required is a moment, of which none in a document stays true.
    """

    example: ClassVar[Mapping[str, Any]] = {}
    exactly_one: ClassVar[str] = ""
    """What is said to whoever gives none of its members, or several, where it takes one."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.exactly_one and len(attrs) != 1:
            raise ValidationError(self.exactly_one, "one-of")
        return attrs

    def to_internal_value(self, data: Any) -> Any:
        unknown = self._unknown(data) if isinstance(data, Mapping) else {}
        try:
            known = super().to_internal_value(data)
        except ValidationError as error:
            if unknown and isinstance(error.detail, dict):
                raise ValidationError(unknown | error.detail) from error
            raise
        if unknown:
            raise ValidationError(unknown)
        return known

    def _unknown(self, data: Mapping[Any, Any]) -> dict[str, Any]:
        taken = {name for name, field in self.fields.items() if not field.read_only}
        strangers = [name for name in data if name not in taken][:MOST_TOLD]
        said = f"There is no such member; there are: {', '.join(sorted(taken))}."
        return {str(name): [ErrorDetail(said, UNKNOWN)] for name in strangers}


class Text(serializers.CharField):
    """A string, without the white space around it; not empty unless `allow_blank`."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        # Before the framework looks whether str(data) is blank: nothing else has become text.
        if data is not serializers.empty and data is not None and type(data) is not str:
            self.fail("invalid")
        return super().run_validation(data)


class Slug(Text, serializers.SlugField):
    """A string of letters, digits, hyphens and underscores."""


class Pattern(Text, serializers.RegexField):
    """A string that matches."""


class Word(Text):
    """A string of a set that the document tells, and of which the service knows more."""


class Email(Text, serializers.EmailField):
    """An address of electronic mail."""


class Flag(serializers.BooleanField):
    """true or false."""

    def to_internal_value(self, data: Any) -> bool:
        if type(data) is not bool:
            self.fail("invalid")
        return data


class Whole(serializers.IntegerField):
    """A number without a fraction; 5.0 is one, as JSON Schema has it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _name_the_bounds(self)

    def to_internal_value(self, data: Any) -> int:
        if type(data) is float and data.is_integer():
            return int(data)
        if type(data) is not int:
            self.fail("invalid")
        return data


class Number(serializers.FloatField):
    """A finite number that an IEEE double holds."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        _name_the_bounds(self)

    def to_internal_value(self, data: Any) -> float:
        if type(data) not in (int, float):
            self.fail("invalid")
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """An instant as `foundation.validation.moments.read_moment` reads it."""

    default_error_messages = {"invalid": EXPLAINED}

    def to_internal_value(self, value: Any) -> datetime:
        if type(value) is not str:
            self.fail("invalid")
        try:
            return read_moment(value)
        except ValueError:
            self.fail("invalid")


def _name_the_bounds(field: serializers.Field[Any, Any, Any, Any]) -> None:
    """One code for a number too small and one too large, as everywhere else."""
    for validator in field.validators:
        if isinstance(validator, MinValueValidator | MaxValueValidator):
            validator.code = OUT_OF_RANGE
