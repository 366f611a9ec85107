"""A report and its verdict as plain JSON: what the API answers and the documentation shows."""

from modelfiles.report import ModelReport
from modelhub.rules import PLACEMENTS, Verdict


def summary(report: ModelReport, verdict: Verdict) -> dict[str, object]:
    """Return only dicts, lists, strings, numbers and flags, in a fixed order of keys."""
    return {
        "format": report.format,
        "architecture": report.architecture,
        "parameters": report.parameters,
        "bits_per_weight": round(report.bits_per_weight, 3),
        "weight_bytes": report.weight_bytes,
        "file_bytes": report.file_bytes,
        "quantised": report.is_quantised,
        "quantisation": report.quantisation,
        "transformer": report.is_transformer,
        "tensors": report.tensors,
        "evidence": list(report.evidence),
        "bytes_read": report.bytes_read,
        "header_sha256": report.header_sha256,
        "placements": {
            placement: {
                "allowed": verdict.allows(placement),
                "reasons": [
                    {"code": reason.code, "limit": reason.limit, "found": reason.found}
                    for reason in verdict.refused.get(placement, ())
                ],
            }
            for placement in PLACEMENTS
        },
    }
