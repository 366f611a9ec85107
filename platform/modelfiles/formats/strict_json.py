"""JSON from strangers: no duplicate keys, short integers, bounded memory and depth."""

from json import JSONDecodeError

from foundation.validation.strict_json import NestedTooDeep, NoSuchNumber, RepeatedMember, read_json
from modelfiles.errors import Code, MalformedModel

# Eighteen digits hold every size below 2^59; a million digits would cost quadratic time.
_MAX_DIGITS = 18


def parse(raw: bytes, max_values: int) -> object:
    """Decode UTF-8 JSON; raises MalformedModel (bad_json, duplicate_key, too_many_entries, ...).

    `max_values` bounds the values before anything is built: each value beyond the first needs a
    comma, a bracket or a brace, and counting those bytes is a hundred times cheaper than the
    gigabyte of empty lists that 32 MiB of JSON can turn into.
    """
    found = raw.count(b",") + raw.count(b"[") + raw.count(b"{")
    if found > max_values:
        raise MalformedModel(Code.TOO_MANY_ENTRIES, limit=max_values, found=found)
    try:
        return read_json(raw, whole=_short_integer)
    except UnicodeDecodeError as error:
        raise MalformedModel(Code.BAD_TEXT, at=error.start) from error
    except JSONDecodeError as error:
        raise MalformedModel(Code.BAD_JSON, at=error.pos) from error
    except RepeatedMember as error:
        raise MalformedModel(Code.DUPLICATE_KEY, key=error.name) from error
    except NoSuchNumber as error:
        raise MalformedModel(Code.BAD_VALUE, found=error.word) from error
    except NestedTooDeep:
        raise MalformedModel(Code.NESTING_TOO_DEEP) from None


def _short_integer(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise MalformedModel(Code.BAD_VALUE, digits=len(digits))
    return int(digits)
