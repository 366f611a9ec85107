"""The catalogue as Markdown: the generated half of `docs/reference/effects.md`."""

from audio.effects.chain import ChainDescription
from audio.effects.parameter import ParameterDescription
from audio.effects.registry import describe

_HEAD = "| parameter | unit | range | default | what it does |\n|---|---|---|---|---|"


def markdown() -> str:
    """One section per chain, in the order of the catalogue."""
    return "\n\n".join(_section(chain) for chain in describe()) + "\n"


def _section(chain: ChainDescription) -> str:
    latency = f"Latency {chain['latency_ms']:g} ms at 48 kHz"
    tail = f"tail {chain['tail_seconds']:g} s, at most {chain['longest_tail_seconds']:g} s"
    rows = "\n".join(_row(parameter) for parameter in chain["parameters"])
    return f"### `{chain['name']}`\n{chain['description']} {latency}; {tail}.\n\n{_HEAD}\n{rows}"


def _row(parameter: ParameterDescription) -> str:
    cells = (
        f"`{parameter['name']}`",
        parameter["unit"],
        f"{parameter['minimum']:g} to {parameter['maximum']:g}",
        f"{parameter['default']:g}",
        parameter["description"],
    )
    return f"| {' | '.join(cells)} |"
