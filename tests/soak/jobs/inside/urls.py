"""The platform's addresses, and one more: any kind of job, with a deadline and a priority.

It passes the gate as every other operation: it spends an effect, and is answered once per key.
"""

from datetime import timedelta
from typing import Any

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.clock import now
from gateway.doors.views import GatedView
from gateway.operations import spends
from jobs.models import Job
from jobs.services import enqueue
from metering.meters import MeterName
from tenants.limits import Cost
from tenants.scopes import family
from tifo.urls import handler400 as handler400
from tifo.urls import handler404 as handler404
from tifo.urls import handler500 as handler500
from tifo.urls import urlpatterns as addresses


class AskView(GatedView):
    operations = {"post": spends("effects:write", **{Cost.EFFECTS: 1})}

    def post(self, request: Request) -> Response:
        assert self.admission is not None
        asked: Any = request.data
        moment = now()
        within_s = asked.get("deadline_s")
        job = enqueue(
            organisation=self.caller.organisation,
            livemode=self.caller.livemode,
            kind=asked["kind"],
            payload=asked["payload"],
            accelerator=Job.Accelerator.CPU,
            priority=Job.Priority[asked["priority"].upper()],
            deadline_at=None if within_s is None else moment + timedelta(seconds=within_s),
            alike=asked["kind"] if asked["kind"] == "soak.alike" else "",
            expected_seconds=asked["payload"]["seconds"],
            meter=MeterName.EFFECTS,
            quantity=1,
            charges=self.admission.receipts,
            key_id=self.caller.credential_id,
            family=family("effects:write"),
            now=moment,
        )
        return Response({"job": job.pk}, status=202)


urlpatterns = [path("soak/jobs", AskView.as_view()), *addresses]
