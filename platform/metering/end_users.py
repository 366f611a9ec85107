"""One person is one name: how the developer's own names of end users are read, at every door.

A name is any text of 1 to 200 characters that shows something. Spaces and zero-width characters
around it are trimmed and it is composed (Unicode NFC), so that what looks and means the same is
counted once. Control characters are refused. What stands inside is left alone: joiners have a
meaning in emoji and in many scripts, and capitals may be another person.
"""

import re
import unicodedata
from typing import Final

from foundation.errors import Invalid

LONGEST: Final = 200
MOST_PER_CHARACTER: Final = 4  # code points that NFC can put together into one
CONTROL: Final = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
SPACE: Final = r" \xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
ZERO_WIDTH: Final = r"\xad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
# Trimmed from no name, but nothing to know anybody by: fillers, blank Braille, variation selectors.
BLANK: Final = r"\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
# In the dialect of JSON Schema too: some character that shows, and no control character.
PATTERN: Final = rf"^[^{CONTROL}]*[^{CONTROL}{SPACE}{ZERO_WIDTH}{BLANK}][^{CONTROL}]*$"

_refused = re.compile(rf"[{CONTROL}\ud800-\udfff]")
_trimmed = "".join(filter(re.compile(f"[{SPACE}{ZERO_WIDTH}]").match, map(chr, range(2**16))))
_invisible = re.compile(rf"[{SPACE}{ZERO_WIDTH}{BLANK}]*")
_shows_not = re.compile(rf"[{ZERO_WIDTH}{BLANK}]")


class InvalidEndUser(Invalid):
    """`reason` says what is wrong with the name; the name itself is not repeated."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail, reason=reason)
        self.reason = reason


class Respelt(str):
    """A name that was told in another spelling; `former` are those it was counted under before.

    Until names were composed and trimmed alike at every door, each spelling was a user of its own.
    Whoever was counted under one this month must not be counted again; in another month no hash
    under a former spelling exists.
    """

    __slots__ = ("former",)
    former: tuple[str, ...]


def normal(given: str) -> str:
    """The one spelling of the name; raises InvalidEndUser.

    Names that are composed and trimmed come back as they are.
    """
    if given.isascii():
        name = given.strip(" ")
        if not given.isprintable():
            raise _control()
    else:
        name = _composed(given)
    if not name:
        raise InvalidEndUser("blank", "An end user's name must show something.")
    if len(name) > LONGEST:
        raise _too_long()
    if name == given or given.isascii():
        return name
    respelt = Respelt(name)
    respelt.former = tuple({given, given.strip()} - {name})
    return respelt


def is_normal(name: str) -> bool:
    """Whether a name without control characters or spaces around it is its only spelling."""
    return name.isascii() or (
        unicodedata.is_normalized("NFC", name) and not _shows_not.search(name)
    )


def _composed(given: str) -> str:
    if _refused.search(given):
        raise _control()
    name = given.strip(_trimmed)
    if len(name) > LONGEST * MOST_PER_CHARACTER:  # composing takes long for what is very long
        raise _too_long()
    name = unicodedata.normalize("NFC", name)
    return "" if _invisible.fullmatch(name) else name


def _control() -> InvalidEndUser:
    detail = "An end user's name holds no control characters, such as TAB or a line's end."
    return InvalidEndUser("control-character", detail)


def _too_long() -> InvalidEndUser:
    return InvalidEndUser("too-long", f"An end user's name has at most {LONGEST} characters.")
