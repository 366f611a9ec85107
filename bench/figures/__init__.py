"""Every figure of `make bench`, in the order in which they are measured.

Importing them needs Django set up: `Servers.set_up_django` does it.
"""

from typing import Final

from bench.figure import Figure
from bench.figures.batches import batching_gain
from bench.figures.beats import beats_f70
from bench.figures.closing import month_close
from bench.figures.decisions import in_redis
from bench.figures.gate import (
    added_latency,
    against_empty_view,
    against_empty_view_on_uvicorn,
    against_typical,
    drf_exact,
    drf_prefetching,
)
from bench.figures.growth import growth
from bench.figures.keys import verification
from bench.figures.limits import against_drf, against_limits, over_admission
from bench.figures.live.capacity import by_chunks, by_frames
from bench.figures.live.crowd import crowd_batch
from bench.figures.live.flow import regret_vs_random
from bench.figures.live.latency import growth as live_growth
from bench.figures.live.latency import with_100, with_300
from bench.figures.live.recordings import crowd_auc
from bench.figures.loudness import against_pyloudnorm
from bench.figures.probes.headers import against_libraries, against_safetensors, probe
from bench.figures.starts import second_start
from bench.figures.stems import (
    all_stems,
    bass,
    features_onnx_vs_numpy,
    gpu_vs_cpu,
    hits_and_rest,
    vocals,
)
from bench.figures.timelines import whole_timeline
from bench.figures.users.batches import end_to_end
from bench.figures.users.first_seen import against_bulk_create, against_get_or_create
from bench.figures.users.footprints import bytes_per_user
from bench.figures.users.footprints import growth as users_growth
from bench.figures.users.upserts import (
    against_raw_events,
    all_new_against_raw_events,
    per_second,
)
from bench.figures.work.claims import fair_claims
from bench.figures.work.floods import flood_wait
from bench.figures.work.noops import noop
from bench.figures.work.together import jobs_together

FIGURES: Final[tuple[Figure, ...]] = (
    against_pyloudnorm,
    whole_timeline,
    beats_f70,
    crowd_batch,
    with_100,
    with_300,
    by_frames,
    by_chunks,
    live_growth,
    crowd_auc,
    regret_vs_random,
    all_stems,
    hits_and_rest,
    vocals,
    bass,
    gpu_vs_cpu,
    features_onnx_vs_numpy,
    against_safetensors,
    probe,
    against_libraries,
    batching_gain,
    jobs_together,
    against_drf,
    against_limits,
    over_admission,
    in_redis,
    against_typical,
    against_empty_view,
    against_empty_view_on_uvicorn,
    drf_prefetching,
    drf_exact,
    verification,
    added_latency,
    growth,
    against_get_or_create,
    against_bulk_create,
    against_raw_events,
    all_new_against_raw_events,
    per_second,
    end_to_end,
    bytes_per_user,
    users_growth,
    month_close,
    fair_claims,
    flood_wait,
    noop,
    second_start,
)
