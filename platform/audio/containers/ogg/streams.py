"""One logical stream into a file that libsndfile reads whole: granules counted, not believed."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from audio.containers import layouts
from audio.containers.flac import stream
from audio.containers.link import Link
from audio.containers.ogg import opus, vorbis
from audio.containers.ogg.writing import write
from audio.containers.source import Source


@dataclass(slots=True)
class Claims:
    """What the pages of a stream say of its length: packets (headers too) and granules."""

    first_packets: int = 0
    first_granule: int = 0
    packets_before_last: int = 0
    last_packets: int = 0
    last_granule: int = 0

    def trimmed(self, lengths: Sequence[int]) -> int:
        """Samples that the last page takes off the end, of packets that are `lengths` long.

        Believed only where it takes no more than the last page's own packets hold: a stream that
        was captured in the middle counts from some other beginning, and a broken one from none.
        """
        if not self.last_granule or self.last_packets != len(lengths):
            return 0
        if self.first_packets == self.last_packets:  # one page: it counts from 0
            over = sum(lengths) - self.last_granule
        else:
            heard = sum(lengths[self.first_packets :])
            over = heard - (self.last_granule - self.first_granule)
        return over if 0 < over <= sum(lengths[self.packets_before_last :]) else 0


def opus_links(packets: Sequence[bytes], claims: Claims) -> tuple[Link, ...]:
    """Two header packets, then sound; none where the header is none or no sound follows."""
    head = opus.OpusHead.of(packets[0])
    if head is None:
        return ()
    lengths = [opus.samples(packet) for packet in packets[2:]]
    end = sum(lengths) - claims.trimmed([0, 0, *lengths])
    return opus_file(head, packets[2:], lengths, end)


def opus_file(
    head: opus.OpusHead, packets: Sequence[bytes], lengths: Sequence[int], end: int
) -> tuple[Link, ...]:
    """Packets under a header; `end` is the last sample's granule, the skipped ones counted in.

    What is no Opus packet (its length is 0) is left out.
    """
    if end <= head.skip:
        return ()
    sound = [packet for packet, length in zip(packets, lengths, strict=True) if length]
    written = partial(write_opus, head, sound, [length for length in lengths if length], end)
    frames = (end - head.skip) * head.rate // opus.RATE
    speakers = layouts.opus(head.family, head.channels)
    return (Link(head.rate, head.channels, frames, written, speakers=speakers),)


def write_opus(
    head: opus.OpusHead, sound: Sequence[bytes], lengths: Sequence[int], end: int
) -> io.BytesIO:
    marked = zip(sound, opus.granules(lengths), strict=True)
    return write([head.packet(), opus.TAGS], marked, end)


def vorbis_links(packets: Sequence[bytes], claims: Claims) -> tuple[Link, ...]:
    """Three header packets, then sound; none where the headers are none or no sound follows."""
    if len(packets) < 4:
        return ()
    head = vorbis.VorbisHead.of(packets[0], packets[2])
    if head is None:
        return ()
    sound = packets[3:]
    lengths = head.lengths(sound)
    end = sum(lengths) - claims.trimmed([0, 0, 0, *lengths])
    if end <= 0:
        return ()
    written = partial(write_vorbis, packets[:3], sound, lengths, end)
    speakers = layouts.vorbis(head.channels)
    return (Link(head.rate, head.channels, end, written, speakers=speakers),)


def write_vorbis(
    headers: Sequence[bytes], sound: Sequence[bytes], lengths: Sequence[int], end: int
) -> io.BytesIO:
    return write(headers, zip(sound, opus.granules(lengths), strict=True), end)


def flac_links(packets: Sequence[bytes], max_seconds: float) -> tuple[Link, ...]:
    """FLAC in Ogg (RFC 9639, section 10.1): the native stream lies in the packets."""
    native = packets[0][9:] + b"".join(packets[1:])
    if native[:4] != b"fLaC":
        return ()
    return stream.walk(Source(io.BytesIO(native)), 0, max_seconds).links
