"""Every figure of `make bench`, in the order in which they are measured.

Importing them needs Django set up: `Servers.set_up_django` does it.
"""

from typing import Final

from bench.figure import Figure
from bench.figures.beats import beats_f70
from bench.figures.crowd import crowd_batch
from bench.figures.limits import against_drf, against_limits, over_admission
from bench.figures.loudness import against_pyloudnorm
from bench.figures.models import model_header
from bench.figures.starts import second_start
from bench.figures.users import against_bulk_create, against_get_or_create

FIGURES: Final[tuple[Figure, ...]] = (
    against_pyloudnorm,
    beats_f70,
    crowd_batch,
    model_header,
    against_drf,
    against_limits,
    over_admission,
    against_get_or_create,
    against_bulk_create,
    second_start,
)
