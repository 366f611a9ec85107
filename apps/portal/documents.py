"""The repository's documents as the running platform serves them: which, in what order, and where.

What is not named here is not served: an address is looked up, and never becomes a path.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# The repository's own docs/: a link in a checkout, the files themselves in a wheel.
FOLDER: Final = Path(__file__).with_name("docs")
ROOT: Final = "/docs"
INDEX: Final = "README.md"

# A document's address is its file's name without `.md`; a folder's README.md is the folder's.
SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "Learn": ("tutorial.md", "architecture.md"),
    "Do": (
        "how-to/run-in-production.md",
        "how-to/operate.md",
        "how-to/scale-workers.md",
        "how-to/back-up.md",
        "how-to/publish-a-tier-version.md",
        "how-to/set-prices.md",
        "how-to/declare-a-meter.md",
        "how-to/check-a-statement.md",
        "how-to/try-a-limit-in-shadow.md",
        "how-to/connect-stripe.md",
        "how-to/rotate-a-key.md",
        "how-to/report-usage.md",
        "how-to/try-billing-in-a-sandbox.md",
        "how-to/check-a-receipt.md",
        "how-to/bring-your-own-model.md",
        "how-to/let-the-crowd-choose.md",
        "how-to/benchmarks.md",
    ),
    "Look up": (
        "reference/README.md",
        "reference/environment.md",
        "reference/keys.md",
        "reference/requests.md",
        "reference/contract.md",
        "reference/errors.md",
        "reference/jobs.md",
        "reference/files.md",
        "reference/billing-rules.md",
        "reference/statements.md",
        "reference/tiers.md",
        "reference/limits.md",
        "reference/limits-algorithms.md",
        "reference/ingest.md",
        "reference/sockets.md",
        "reference/events.md",
        "reference/billing-states.md",
        "reference/secret-scanning.md",
        "reference/crowd-score.md",
        "reference/live-sessions.md",
        "reference/live-socket.md",
        "reference/flow.md",
        "reference/sound-files.md",
        "reference/timeline.md",
        "reference/effects.md",
        "reference/devices.md",
        "reference/model-caps.md",
        "reference/model-verdicts.md",
        "reference/models.md",
        "reference/model-contracts.md",
        "reference/drift.md",
        "reference/quantising.md",
    ),
    "Decisions": (
        "decisions/0001-platform-is-a-folder.md",
        "decisions/0002-one-postgres-dialect.md",
        "decisions/0003-redis-from-a-wheel.md",
        "decisions/0004-wsgi-for-rest-asgi-for-sockets.md",
        "decisions/0005-exact-limits-in-one-script.md",
        "decisions/0006-exact-active-users.md",
        "decisions/0007-the-job-row-is-the-outbox.md",
        "decisions/0008-sign-up-by-profile.md",
        "decisions/0009-tickets-and-view-links.md",
        "decisions/0010-idempotency-by-transaction.md",
        "decisions/0011-audio-on-plain-asgi.md",
        "decisions/0012-dependencies-left-out.md",
        "decisions/0013-reference-pages-from-a-package.md",
        "decisions/0014-one-command-one-supervisor.md",
        "decisions/0015-one-gate-written-once.md",
        "decisions/0016-epochs.md",
        "decisions/0017-when-redis-is-away.md",
        "decisions/0018-public-names-are-declared.md",
        "decisions/0019-what-is-counted-knows-no-price.md",
        "decisions/0020-one-resource-for-uploaded-sound.md",
        "decisions/0021-five-rooms-for-the-gate.md",
        "decisions/0022-events-and-their-outbox.md",
        "decisions/0023-the-client-is-generated-when-built.md",
        "decisions/0024-the-floors.md",
        "decisions/0025-a-month-has-a-fence.md",
        "decisions/0026-statements-can-be-recomputed.md",
        "decisions/0027-the-tier-follows-the-count.md",
        "decisions/0028-stripe-collects.md",
        "decisions/0029-a-sandbox-has-its-own-clock.md",
        "decisions/0030-an-attempt-is-a-process.md",
        "decisions/0031-bytes-lie-once.md",
        "decisions/0032-stems-as-a-graph.md",
        "decisions/0033-turns-in-a-queue.md",
        "decisions/0034-models-are-registered-by-their-headers.md",
        "decisions/0035-brokers-only-wake.md",
        "decisions/0036-sessions-are-sealed.md",
        "decisions/0037-a-second-crowd-score.md",
        "decisions/0038-the-artist-always-wins.md",
    ),
}
IMAGES: Final = frozenset({"live.png", "phones.png"})


@dataclass(frozen=True)
class Document:
    """`file` is its path within docs/, `text` its Markdown, `title` its first line in words."""

    file: str
    address: str
    section: str
    title: str
    text: str


@functools.cache
def library() -> Mapping[str, Document]:
    """Every document by its file, in the order of the table of contents; read once a process."""
    files = [("", INDEX), *((name, file) for name, files in SECTIONS.items() for file in files)]
    return {file: _read(section, file) for section, file in files}


@functools.cache
def by_address() -> Mapping[str, Document]:
    return {document.address: document for document in library().values()}


@functools.cache
def contents() -> Mapping[str, tuple[Document, ...]]:
    """The table of contents: documents by section."""
    return {name: tuple(library()[file] for file in files) for name, files in SECTIONS.items()}


def _read(section: str, file: str) -> Document:
    text = (FOLDER / file).read_text(encoding="utf-8")
    title = text.partition("\n")[0].removeprefix("# ").replace("`", "")
    place = file.removesuffix("README.md").removesuffix(".md").strip("/")
    return Document(file, f"{ROOT}/{place}".rstrip("/"), section, title, text)
