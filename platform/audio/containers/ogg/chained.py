"""An Ogg file as its links: one after the other in a chain, each with streams side by side.

The first stream of sound of every link is taken; pictures, words and skeletons beside it are not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from audio.containers.link import MAX_LINKS, Link, Walked
from audio.containers.ogg import opus, vorbis
from audio.containers.ogg.pages import CONTINUED, FIRST, Page, pages
from audio.containers.ogg.streams import Claims, flac_links, opus_links, vorbis_links
from audio.containers.refusal import AudioTooLong, UnreadableAudio, damaged
from audio.containers.source import Source

MAX_PACKETS = 1_000_000  # half an hour of packets of 2.5 ms is 720,000
MAX_SEGMENTS = 2 * MAX_PACKETS  # of 255 bytes at most: packets, and the length of long ones
_SPEEX = b"Speex   "
_KNOWN = (opus.MAGIC, vorbis.MAGIC, b"\x7fFLAC", _SPEEX)


@dataclass(slots=True)
class Stream:
    """The packets of one logical stream, and what its pages claim of its length."""

    packets: list[bytes] = field(default_factory=list)
    claims: Claims = field(default_factory=Claims)
    _part: bytearray = field(default_factory=bytearray)
    _sequence: int = -1

    def add(self, page: Page) -> None:
        if self._sequence >= 0 and page.sequence != self._sequence + 1:
            self._part.clear()  # a page is missing, and the rest of its last packet with it
        self._sequence = page.sequence
        before = len(self.packets)
        skipping = bool(page.flags & CONTINUED) and not self._part
        if not page.flags & CONTINUED:
            self._part.clear()
        at = 0
        for size in page.lacing:
            if not skipping:
                self._part += page.body[at : at + size]
            at += size
            if size < 255:
                if not skipping and self._part:
                    self.packets.append(bytes(self._part))
                self._part.clear()
                skipping = False
        if page.granule > 0:
            self._claim(before, page.granule)

    def _claim(self, before: int, granule: int) -> None:
        claims = self.claims
        if not claims.first_granule:
            claims.first_packets, claims.first_granule = len(self.packets), granule
        claims.packets_before_last = before
        claims.last_packets, claims.last_granule = len(self.packets), granule


def walk(source: Source, start: int, max_seconds: float) -> Walked:
    """The links of the file; raises `UnreadableAudio`, `AudioTooLong` or `NeedsFFmpeg`."""
    links: list[Link] = []
    seconds = 0.0
    for stream in _streams(source, start):
        for link in _links(stream, max_seconds):
            if len(links) == MAX_LINKS:
                raise UnreadableAudio("too_many_parts", "The Ogg file has too many parts.")
            links.append(link)
            seconds += (link.frames or 0) / link.sample_rate
        if seconds > max_seconds:
            raise AudioTooLong(max_seconds)
    if not links:
        raise damaged("Ogg")
    return Walked("OGG", tuple(links))


def _streams(source: Source, start: int) -> Iterator[Stream]:
    """The first stream of sound of every link, in order."""
    taken: Stream | None = None
    serial, opening, others, packets, segments = -1, True, False, 0, 0
    for page in pages(source, start):
        if page.flags & FIRST:
            if not opening:  # a new link begins behind the old one's pages
                if taken is not None:
                    yield taken
                taken, serial, opening = None, -1, True
            if taken is None and page.body.startswith(_KNOWN):
                taken, serial = Stream(), page.serial
            others = others or taken is None
        else:
            opening = False
        if taken is not None and page.serial == serial:
            before = len(taken.packets)
            taken.add(page)
            packets += len(taken.packets) - before
            segments += len(page.lacing)
            if packets > MAX_PACKETS or segments > MAX_SEGMENTS:
                raise UnreadableAudio("too_many_parts", "The Ogg file has over a million packets.")
    if taken is not None:
        yield taken
    elif others:
        raise UnreadableAudio("unsupported_format", "The Ogg file holds no sound that is taken.")


def _links(stream: Stream, max_seconds: float) -> tuple[Link, ...]:
    head = stream.packets[0] if stream.packets else b""
    if head.startswith(opus.MAGIC):
        return opus_links(stream.packets, stream.claims)
    if head.startswith(vorbis.MAGIC):
        return vorbis_links(stream.packets, stream.claims)
    if head.startswith(_SPEEX):
        raise UnreadableAudio("unsupported_format", "Speex is not taken.")
    return flac_links(stream.packets, max_seconds) if head else ()
