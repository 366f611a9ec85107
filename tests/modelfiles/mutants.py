"""Damages files as transfers, disks and attackers do."""

import json
import random

TELLING = [0, 1, 2, 7, 8, 9, 127, 128, 255, 2**16, 2**31, 2**32 - 1, 2**62, 2**63, 2**64 - 1]


def mutate(head: bytes, chance: random.Random) -> bytes:
    """Damage a few places: a bit, a byte, a number, a slice cut, doubled or moved."""
    data = bytearray(head)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        at = chance.randrange(len(data))
        length = chance.choice((1, 2, 4, 8, 32))
        match chance.randrange(6):
            case 0:
                data[at] ^= 1 << chance.randrange(8)
            case 1:
                data[at] = chance.randrange(256)
            case 2:
                width = chance.choice((1, 2, 4, 8))
                value = chance.choice(TELLING) % 256**width
                data[at : at + width] = value.to_bytes(width, "little")
            case 3:
                del data[at : at + length]
            case 4:
                data[at:at] = data[at : at + length]
            case _:
                data[at:at] = chance.randbytes(length)
        data = data or bytearray(b"\0")
    return bytes(data)


def mutate_json(head: bytes, chance: random.Random) -> bytes:
    """Damage a safetensors header so that it stays JSON: what is checked lies behind the parser."""
    header = json.loads(head[8:])
    values: list[object] = [
        0,
        -1,
        1.5,
        True,
        None,
        "",
        "I32",
        [],
        [2**31, 2**31],
        {},
        2**63,
        "F8_E8M0",
    ]
    for _ in range(chance.choice((1, 2, 4))):
        name = chance.choice(list(header))
        match chance.randrange(4):
            case 0:
                header[name][chance.choice(list(header[name]))] = chance.choice(values)
            case 1:
                header[name] = chance.choice(values)
                break
            case 2:
                header[name + chance.choice((".scales", ".qweight", "_blocks"))] = header.pop(name)
            case _:
                del header[name]
    raw = json.dumps(header).encode()
    return len(raw).to_bytes(8, "little") + raw
