"""A recording of a browser: its track of sound, and every packet in it, duration or none.

Chrome and Firefox write as they record: the segment and its clusters are of unknown size and
nobody goes back to fill in how long it was.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from audio.containers.link import Link, Walked
from audio.containers.ogg import opus
from audio.containers.ogg.chained import MAX_PACKETS
from audio.containers.ogg.streams import Claims, opus_file, vorbis_links
from audio.containers.refusal import AudioTooLong, NeedsFFmpeg, UnreadableAudio, damaged, silent
from audio.containers.source import Source
from audio.containers.webm import blocks, ebml

_SEGMENT, _CLUSTER, _TRACKS, _ENTRY = 0x18538067, 0x1F43B675, 0x1654AE6B, 0xAE
_GROUP, _BLOCK, _SIMPLE_BLOCK, _DISCARD = 0xA0, 0xA1, 0xA3, 0x75A2
_NUMBER, _KIND, _CODEC, _PRIVATE, _ENCODINGS = 0xD7, 0x83, 0x86, 0x63A2, 0x6D80
_SOUND = 2
_OPENED = {_SEGMENT, _CLUSTER}  # entered, whatever size they claim
_FOR_FFMPEG = {
    "A_AAC": "AAC",
    "A_FLAC": "FLAC in Matroska",
    "A_ALAC": "ALAC",
    "A_MPEG/L3": "MP3 in Matroska",
    "A_PCM/INT/LIT": "PCM in Matroska",
    "A_PCM/FLOAT/IEEE": "PCM in Matroska",
}


@dataclass(frozen=True, slots=True)
class _Track:
    number: int
    codec: str
    private: bytes


def walk(source: Source, start: int, max_seconds: float) -> Walked:
    """The one link of the recording; raises `UnreadableAudio`, `AudioTooLong` or `NeedsFFmpeg`."""
    track: _Track | None = None
    packets: list[bytes] = []
    discarded = 0
    allowance = ebml.Allowance()
    for found in _elements(source, start, allowance):
        if found.id == _TRACKS and track is None:
            track = _sound(ebml.small(source, found), allowance)
        elif track is not None and found.id == _SIMPLE_BLOCK:
            packets += blocks.frames(ebml.small(source, found), track.number)
        elif track is not None and found.id == _GROUP:
            new, discard = _group(ebml.small(source, found), track.number, allowance)
            packets += new
            discarded = discard if new else discarded
        if len(packets) > MAX_PACKETS:
            raise UnreadableAudio("too_many_parts", "The WebM file has over a million packets.")
    if track is None:
        raise UnreadableAudio("unsupported_format", "The WebM file holds no track of sound.")
    links = _links(track, packets, discarded)
    if not links:
        raise silent("WebM")
    if (links[0].frames or 0) > max_seconds * links[0].sample_rate:
        raise AudioTooLong(max_seconds)
    return Walked("WEBM", links)


def _elements(source: Source, start: int, allowance: ebml.Allowance) -> Iterator[ebml.Element]:
    """Every element but those inside others that are read whole; damage is stepped over."""
    at, block, base = start, b"", 0
    while at < source.size:
        if not base <= at <= base + len(block) - 12:
            block, base = source.read(at, 4_096), at
        found = ebml.element(block[at - base : at - base + 12], at)
        if found is None or (found.size is None and found.id not in _OPENED):
            return
        allowance.take()
        yield found
        at = found.start if found.id in _OPENED or found.end is None else found.end


def _sound(tracks: bytes, allowance: ebml.Allowance) -> _Track | None:
    """The first track of sound; raises `NeedsFFmpeg` where it is compressed."""
    for id_, entry in ebml.children(tracks, allowance):
        members = dict(ebml.children(entry, allowance)) if id_ == _ENTRY else {}
        if ebml.unsigned(members.get(_KIND, b"")) != _SOUND:
            continue
        if _ENCODINGS in members:
            raise NeedsFFmpeg("Matroska with compressed tracks", "WEBM")
        codec = members.get(_CODEC, b"").rstrip(b"\0").decode("ascii", "replace")
        return _Track(ebml.unsigned(members.get(_NUMBER, b"")), codec, members.get(_PRIVATE, b""))
    return None


def _group(body: bytes, track: int, allowance: ebml.Allowance) -> tuple[list[bytes], int]:
    """The frames of a BlockGroup, and the nanoseconds that its end discards."""
    packets: list[bytes] = []
    discard = 0
    for id_, inner in ebml.children(body, allowance):
        if id_ == _BLOCK:
            packets += blocks.frames(inner, track)
        elif id_ == _DISCARD:
            discard = max(0, ebml.signed(inner))
    return packets, discard


def _links(track: _Track, packets: list[bytes], discarded: int) -> tuple[Link, ...]:
    if track.codec == "A_OPUS":
        head = opus.OpusHead.of(track.private)
        if head is None:
            raise damaged("WebM")
        lengths = [opus.samples(packet) for packet in packets]
        last = lengths[-1] if lengths else 0
        trimmed = min(last, discarded * opus.RATE // 1_000_000_000)
        return opus_file(head, packets, lengths, sum(lengths) - trimmed)
    if track.codec == "A_VORBIS":
        return vorbis_links([*_laced_headers(track.private), *packets], Claims())
    for codec, name in _FOR_FFMPEG.items():
        if track.codec.startswith(codec):
            raise NeedsFFmpeg(name, "WEBM")
    raise UnreadableAudio("unsupported_format", "The WebM file holds neither Opus nor Vorbis.")


def _laced_headers(private: bytes) -> list[bytes]:
    """Vorbis' three headers, laced as Xiph does."""
    return blocks.frames(b"\x81\0\0\x02" + private, 1) if private[:1] == b"\x02" else []
