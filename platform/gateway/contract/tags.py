"""The tags of the API's document: public names, which generated clients make their modules of.

Each view names its own; where its code lies says nothing of it.
"""

from enum import StrEnum
from typing import Final


class Tag(StrEnum):
    ACCOUNT = "account"
    AVSYNC = "avsync"
    BILLING = "billing"
    LIVE_AUDIO_FEEDBACK = "live_audio_feedback"
    LIVE_ROOM = "live_room"
    NOUCAMP = "noucamp"


DESCRIPTIONS: Final = {
    Tag.ACCOUNT: "Organisation, members, keys, limits, usage, invoices, jobs and uploads",
    Tag.AVSYNC: "Tracks and their timelines",
    Tag.BILLING: "Statements, invoices, and how they are paid",
    Tag.LIVE_AUDIO_FEEDBACK: "Live sessions: crowd sound in, a score out",
    Tag.LIVE_ROOM: "Clips, stems and effects",
    Tag.NOUCAMP: "Kiosks, interactions, cues and models",
}
