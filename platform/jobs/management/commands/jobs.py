"""`tifo jobs requeue JOB_ID …`: what an operator does with the ledger from a shell."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.clock import now
from jobs.models import Job
from jobs.services import NotDead, requeue


class Command(BaseCommand):
    help = "Put dead jobs on their queues again; 1 if any of them cannot be."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        dead = verbs.add_parser("requeue", help="try dead jobs again, as often as new ones")
        dead.add_argument("job_id", nargs="+", help="such as job_06a7x2mQ9sKd4TzB1vLfYe")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = [job_id for job_id in options["job_id"] if not self._requeue(job_id)]
        if wrong:
            raise CommandError(f"Not requeued: {', '.join(wrong)}.", returncode=1)

    def _requeue(self, job_id: str) -> bool:
        job = Job.objects.filter(pk=job_id).first()
        if job is None:
            self.stderr.write(f"{job_id}: there is no such job.")
            return False
        try:
            again = requeue(job, now=now())
        except NotDead:
            self.stderr.write(f"{job_id} is {job.state}: only a dead job can be requeued.")
            return False
        self.stdout.write(f"{job_id} waits in {again.queue} again.")
        return True
