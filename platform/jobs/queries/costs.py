"""What jobs have counted, as the usage rows say that were written when each was settled."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal

from metering.models import UsageRow
from tenants.models import Organisation


def counted(
    organisation: Organisation, job_ids: Collection[str]
) -> Mapping[str, Mapping[str, Decimal]]:
    """Units by job and meter, in one query; a job that counted nothing is not there."""
    rows = UsageRow.objects.filter(organisation=organisation, source__in=job_ids)
    found: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
    for source, meter, quantity in rows.values_list("source", "meter", "quantity"):
        found[source][meter] = quantity
    return found
