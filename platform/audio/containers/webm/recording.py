"""A recording of a browser: its track of sound, and every packet in it, duration or none.

Chrome and Firefox write as they record: the segment and its clusters are of unknown size and
nobody goes back to fill in how long it was.
"""

from dataclasses import dataclass

from audio.containers.link import Link, Walked
from audio.containers.ogg import opus, vorbis
from audio.containers.ogg.streams import Claims, opus_file, vorbis_links
from audio.containers.refusal import (
    AudioTooLong,
    NeedsFFmpeg,
    UnreadableAudio,
    damaged,
    refuse_form,
    silent,
)
from audio.containers.source import Source
from audio.containers.webm import blocks, ebml, elements
from audio.containers.webm.heard import NANOSECONDS, Heard

_ENTRY, _BLOCK, _DISCARD, _SCALE = 0xAE, 0xA1, 0x75A2, 0x2AD7B1
_NUMBER, _KIND, _CODEC, _PRIVATE, _ENCODINGS = 0xD7, 0x83, 0x86, 0x63A2, 0x6D80
_SOUND = 2
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


def walk(
    source: Source, start: int, max_seconds: float, *, most_elements: int = ebml.MOST_ELEMENTS
) -> Walked:
    """The one link of the recording; raises `UnreadableAudio`, `AudioTooLong` or `NeedsFFmpeg`."""
    track, heard = _read(source, start, ebml.Allowance(most_elements))
    if track is None:
        raise UnreadableAudio("unsupported_format", "The WebM file holds no track of sound.")
    links = _links(track, heard, max_seconds)
    if not links:
        raise silent("WebM")
    if (links[0].frames or 0) > max_seconds * links[0].sample_rate:
        raise AudioTooLong(max_seconds)
    return Walked("WEBM", links)


def _read(source: Source, start: int, allowance: ebml.Allowance) -> tuple[_Track | None, Heard]:
    """The first track of sound, and what its blocks hold."""
    track: _Track | None = None
    heard = Heard()
    for found in elements.walk(source, start, allowance):
        if found is None:
            heard.hole()
        elif track is not None and found.id in {elements.SIMPLE_BLOCK, elements.GROUP}:
            heard.add(*_block(source, found, track.number, allowance))
        elif found.id == elements.INFO:
            members = dict(ebml.children(ebml.small(source, found), allowance))
            heard.scale = ebml.unsigned(members.get(_SCALE, b"")) or heard.scale
        elif found.id == elements.TRACKS and track is None:
            track = _sound(ebml.small(source, found), allowance)
        elif found.id == elements.CLUSTER:
            heard.cluster(None)
        elif found.id == elements.TIME:
            heard.cluster(ebml.unsigned(ebml.small(source, found)))
    return track, heard


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


def _block(
    source: Source, found: ebml.Element, track: int, allowance: ebml.Allowance
) -> tuple[list[bytes], int, int | None]:
    """The frames of the track, their ticks, and what the end discards where that is said."""
    body = ebml.small(source, found)
    if found.id == elements.GROUP:
        return _group(body, track, allowance)
    return blocks.frames(body, track), blocks.ticks(body), None


def _group(body: bytes, track: int, allowance: ebml.Allowance) -> tuple[list[bytes], int, int]:
    """The frames of a BlockGroup, its ticks, and the nanoseconds that its end discards."""
    packets: list[bytes] = []
    ticks = discard = 0
    for id_, inner in ebml.children(body, allowance):
        if id_ == _BLOCK:
            packets += blocks.frames(inner, track)
            ticks = blocks.ticks(inner)
        elif id_ == _DISCARD:
            discard = max(0, ebml.signed(inner))
    return packets, ticks, discard


def _links(track: _Track, heard: Heard, max_seconds: float) -> tuple[Link, ...]:
    if track.codec == "A_OPUS":
        head = opus.OpusHead.of(track.private)
        if head is None:
            raise damaged("WebM")
        refuse_form(head.rate, head.channels)
        packets = heard.filled(opus.lengths, head.silence, opus.RATE, max_seconds)
        lengths = opus.lengths(packets)
        last = lengths[-1] if lengths else 0
        trimmed = min(last, heard.discarded * opus.RATE // NANOSECONDS)
        return opus_file(head, packets, lengths, sum(lengths) - trimmed)
    if track.codec == "A_VORBIS":
        headers = _laced_headers(track.private)
        vorbis_head = vorbis.VorbisHead.of(headers[0], headers[2]) if len(headers) == 3 else None
        if vorbis_head is None:
            return ()
        refuse_form(vorbis_head.rate, vorbis_head.channels)
        sound = heard.filled(
            vorbis_head.lengths, vorbis_head.silence, vorbis_head.rate, max_seconds
        )
        return vorbis_links([*headers, *sound], Claims())
    for codec, name in _FOR_FFMPEG.items():
        if track.codec.startswith(codec):
            raise NeedsFFmpeg(name, "WEBM")
    raise UnreadableAudio("unsupported_format", "The WebM file holds neither Opus nor Vorbis.")


def _laced_headers(private: bytes) -> list[bytes]:
    """Vorbis' three headers, laced as Xiph does."""
    return blocks.frames(b"\x81\0\0\x02" + private, 1) if private[:1] == b"\x02" else []
