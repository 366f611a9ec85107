"""A platform of its own for the fuzzer: an organisation whose limits leave room, and its keys."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.contract.run import Run
from tests.system.running import Running

RATE = 16_000
PREPARE = Path(__file__).parent / "prepare.py"


@dataclass(frozen=True)
class House:
    """The platform, and by mode ("live", "test") what a run goes by."""

    running: Running
    runs: dict[str, Run]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("contract")
    scanner = generate_private_key(SECP256R1())
    running = Running(
        folder / "platform", TIFO_SECRET_SCANNING_KEYS=str(published(scanner, folder))
    )
    try:
        running.wait_ready()
        yield House(running, prepare(running, folder, scanner))
    finally:
        running.stop()


def published(scanner: EllipticCurvePrivateKey, folder: Path) -> Path:
    """The file in which an operator keeps the public keys of scanners."""
    pem = scanner.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    told = {"key_identifier": "fuzzer", "key": pem.decode(), "is_current": True}
    path = folder / "scanners.json"
    path.write_text(json.dumps({"public_keys": [told]}))
    return path


def prepare(running: Running, folder: Path, scanner: EllipticCurvePrivateKey) -> dict[str, Run]:
    """An organisation on Pro with wide limits of its own; a kiosk and a clip for each mode."""
    sound = folder / "tone.wav"
    times = np.arange(2 * RATE) / RATE
    soundfile.write(sound, 0.5 * np.sin(2 * np.pi * 440 * times), RATE)
    done = running.command(
        "shell", "-v", "0", "-c", PREPARE.read_text(), TIFO_CONTRACT_SOUND=str(sound)
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    private = scanner.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return {
        mode: Run(
            **told["modes"][mode],
            spared=told["spared"],
            scanner=private.decode(),
            sound=sound,
            journal=folder / f"{mode}.ndjson",
        )
        for mode in ("live", "test")
    }
