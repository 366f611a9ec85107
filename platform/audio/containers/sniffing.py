"""Which container a file is, by its contents; a name's ending is never asked.

A file is taken for what its first bytes may be. Where any bytes may be samples, `beyond_doubt` asks
for more: at least 38 bits are then fixed, mostly of samples at half of full scale, so one in 10^11
beginnings of random bytes would be taken for a file.
"""

import re

from audio.containers.mpeg.frames import frame

HEAD = 64
# What we know by sight and do not read, so that the refusal can name it.
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "WMA"),
    (b"#!AMR", "AMR"),
    (b"MThd", "MIDI"),
    (b"MAC ", "Monkey Audio"),
    (b"wvpk", "WavPack"),
    (b"MP+", "Musepack"),
    (b"MPCK", "Musepack"),
    (b"TTA1", "True Audio"),
    (b"DSD ", "DSD"),
    (b"FRM8", "DSD"),
    (b".RMF", "RealAudio"),
    (b".ra\xfd", "RealAudio"),
    (b"Creative Voice File", "VOC"),
    (b"\x0b\x77", "AC-3"),
    (b"\x7f\xfe\x80\x01", "DTS"),
    (b"FLV", "FLV"),
    (b"\x00\x00\x01\xba", "MPEG-PS"),
    (b"PK\x03\x04", "ZIP"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!", "RAR"),
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"#EXTM3U", "M3U"),
)
W64 = bytes.fromhex("726966662e91cf11a5d628db04c10000")


def container(head: bytes) -> str | None:
    """The container that `head` begins, or None: "AAC" is a bare ADTS stream."""
    if head[:4] in {b"RIFF", b"RIFX", b"RF64", b"BW64"} and head[8:12] == b"WAVE":
        return "WAV"
    if head[:16] == W64:
        return "WAV"
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        return "AIFF"
    if head[4:8] == b"ftyp" or head[4:8] in {b"moov", b"mdat", b"wide"}:
        return "MP4"
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    return _by_sync(head)


_MAGIC = (
    (b"fLaC", "FLAC"),
    (b"OggS", "OGG"),
    (b"caff", "CAF"),
    (b".snd", "AU"),
    (b"dns.", "AU"),
    (b"\x1a\x45\xdf\xa3", "WEBM"),
    (b"ADIF", "AAC"),
)


def _by_sync(head: bytes) -> str | None:
    """MPEG audio and ADTS share twelve bits; the layer that MPEG forbids is ADTS's mark."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "AAC"
    return "MP3" if head[1] & 0xE0 == 0xE0 and head[1] & 0x06 else None


def foreign(head: bytes) -> str | None:
    """The name of a format that is known and never read."""
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "AVI"
    return next((name for magic, name in _FOREIGN if head.startswith(magic)), None)


# What more must hold: RFC 9639 section 8, RFC 3533, ISO 14496-12, RFC 8794, Apple's CAF, Sun's AU.
# WAV and AIFF are told by 64 bits already.
_MORE = {
    "FLAC": re.compile(rb"fLaC[\x00\x80]\x00\x00\x22"),
    "OGG": re.compile(rb"OggS\x00\x02"),
    "MP4": re.compile(rb"\x00\x00..ftyp", re.DOTALL),
    "WEBM": re.compile(rb"\x1a\x45\xdf\xa3.{0,64}?\x42\x82", re.DOTALL),
    "CAF": re.compile(rb"caff\x00\x01"),
    "AU": re.compile(rb"\.snd\x00\x00|dns\...\x00\x00", re.DOTALL),
    "WAV": re.compile(rb""),
    "AIFF": re.compile(rb""),
}
_ID3 = re.compile(rb"ID3[\x02-\x04][\x00-\x0a][\x00\x10\x20\x40\x60\x80\xc0][\x00-\x7f]{4}")
_FIRST_FRAME_TAG = re.compile(rb"Xing|Info|VBRI")
_LAYER_3 = 3
_SAME_MP3, _SAME_AAC = 0xFFFF0CCF, 0xFFFFFFF0  # bits of a header that the next one repeats


ENOUGH = 1_441 + 4  # bytes: the longest frame of MP3 (320 kbit/s at 32 kHz), and a header


def beyond_doubt(start: bytes) -> str | None:
    """As `container`, of bytes that need be no file; None for free-format MP3 and layers I and II.

    An MP3 without tags and an AAC are told where the second frame's header is there too: `ENOUGH`
    bytes hold that of any MP3, 640 only where the first frame has 636 or fewer, which at 44.1 kHz
    is up to 192 kbit/s. For all others 640 are enough.
    """
    if _ID3.match(start):
        return "MP3"  # as nearly always; the tag alone shows that it is a file
    kind = container(start[:HEAD])
    if kind == "MP3":
        found = frame(start[:4])
        is_layer_3 = found is not None and found.kind & 3 == _LAYER_3
        length = found.length if found is not None and is_layer_3 else 0
        tagged = length and _FIRST_FRAME_TAG.search(start, 13, 44)
        return kind if tagged or _follows(start, length, _SAME_MP3) else None
    if kind == "AAC":
        return kind if _follows(start, _adts_length(start), _SAME_AAC) else None
    return kind if kind in _MORE and _MORE[kind].match(start) else None


def _follows(start: bytes, length: int, same: int) -> bool:
    """Whether a header alike stands where the first frame ends: sync bits alone are no proof."""
    second = start[length : length + 4]
    alike = not (int.from_bytes(start[:4]) ^ int.from_bytes(second)) & same
    return length > 0 and len(second) == 4 and alike


def _adts_length(start: bytes) -> int:
    """Of the frame by its header (ISO 13818-7, 6.2); 0 if it is none."""
    if len(start) < 8 or start[1] & 0xF6 != 0xF0 or start[2] >> 2 & 15 > 12:
        return 0
    length = (start[3] & 3) << 11 | start[4] << 3 | start[5] >> 5
    return length if length > 7 else 0  # the header's own
