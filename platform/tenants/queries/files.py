"""What a tier takes by way of files."""

from foundation.files.uploads import Allowed
from tenants.models import TierVersion

PURPOSES = ("input", "model")  # of jobs, and to be registered


def allowed_files(tier: TierVersion, purpose: str) -> Allowed:
    """How large a file may be, and of which types.

    Those of a model are nobody's concern here: its header is probed when it is registered.
    """
    if purpose == "model":
        return Allowed(tier.model_bytes_max, ())
    return Allowed(tier.input_bytes_max, tier.input_types)
