"""Ogg pages taken apart and put together, for files that no encoder writes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.audio.containers.flac_writer import crc


@dataclass(frozen=True)
class Page:
    flags: int
    granule: int
    serial: int
    sequence: int
    lacing: bytes
    body: bytes

    def write(self) -> bytes:
        head = b"OggS\0" + bytes([self.flags]) + self.granule.to_bytes(8, "little", signed=True)
        head += self.serial.to_bytes(4, "little") + self.sequence.to_bytes(4, "little")
        tail = bytes([len(self.lacing)]) + self.lacing + self.body
        checksum = crc(head + bytes(4) + tail, 0x04C11DB7, 32)
        return head + checksum.to_bytes(4, "little") + tail


def take_apart(data: bytes) -> list[Page]:
    pages, at = [], 0
    while at < len(data):
        head, count = data[at : at + 27], data[at + 26]
        lacing = data[at + 27 : at + 27 + count]
        body = data[at + 27 + count : at + 27 + count + sum(lacing)]
        granule = int.from_bytes(head[6:14], "little", signed=True)
        serial, sequence = (int.from_bytes(head[i : i + 4], "little") for i in (14, 18))
        pages.append(Page(head[5], granule, serial, sequence, lacing, body))
        at += 27 + count + sum(lacing)
    return pages


def put_together(pages: Iterable[Page]) -> bytes:
    return b"".join(page.write() for page in pages)


def packets(data: bytes) -> list[bytes]:
    found, part = [], b""
    for page in take_apart(data):
        at = 0
        for size in page.lacing:
            part += page.body[at : at + size]
            at += size
            if size < 255:
                found.append(part)
                part = b""
    return found


def moved(data: bytes, *, by: int = 0, serial: int | None = None) -> bytes:
    """The same stream whose granules begin elsewhere, or under another serial number."""
    return put_together(
        replace(
            page,
            granule=page.granule + by if page.granule > 0 else page.granule,
            serial=page.serial if serial is None else serial,
        )
        for page in take_apart(data)
    )


def stream(packets: list[tuple[bytes, int]], serial: int) -> list[Page]:
    """One packet a page, each with its granule; the last ends the stream."""
    pages = []
    for index, (packet, granule) in enumerate(packets):
        lacing = b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255])
        flags = 2 * (index == 0) | 4 * (index == len(packets) - 1)
        pages.append(Page(flags, granule, serial, index, lacing, packet))
    return pages
