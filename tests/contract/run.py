"""What one run of the fuzzer goes by: its credentials, what it must spare, where it notes calls."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

VARIABLE = "TIFO_CONTRACT_RUN"


@dataclass(frozen=True)
class Run:
    key: str
    device: str
    kiosk: str
    clip: str
    link: str  # the signed address of its sound
    spared: list[str]  # ids of keys and kiosks that this run, or another, goes by
    scanner: str  # a private key that the operator knows the public one of, as PEM
    sound: Path
    journal: Path

    def write(self, path: Path) -> Path:
        path.write_text(json.dumps(asdict(self), default=str))
        return path

    @classmethod
    def read(cls, path: Path) -> "Run":
        told: dict[str, Any] = json.loads(path.read_text())
        return cls(**told | {"sound": Path(told["sound"]), "journal": Path(told["journal"])})

    def calls(self) -> Iterator[tuple[str, int]]:
        """Operation and status of every call, in their order."""
        for line in self.journal.read_text().splitlines():
            row = json.loads(line)
            yield row["operation"], row["status"]

    def statuses(self) -> Counter[int]:
        return Counter(status for _, status in self.calls())
