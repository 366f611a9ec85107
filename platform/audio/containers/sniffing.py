"""Which container a file is, by its contents; a name's ending is never asked."""

HEAD = 64
# What we know by sight and do not read, so that the refusal can name it.
_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "WMA"),
    (b"#!AMR", "AMR"),
    (b"MThd", "MIDI"),
    (b"MAC ", "Monkey's Audio"),
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
