"""The page that says what last month would have cost by a version of prices."""

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin

from billing.models import PriceVersion
from billing.queries.rehearsals import Rehearsed, last_month, rehearse
from billing.rules.rounding import minor_money
from billing.services.prices import bands_problems
from foundation.clock import now

SHOWN = 200


def rehearsal_page(page: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    version = PriceVersion.objects.select_related("price_list").filter(pk=object_id).first()
    if version is None:
        raise Http404
    moment = now()
    problems = bands_problems(version)
    rows = [] if problems else rehearse(version, now=moment)
    told = {
        **page.admin_site.each_context(request),
        "title": f"{last_month(moment):%Y-%m} by {version}",
        "opts": page.opts,
        "version": version,
        "month": last_month(moment),
        "problems": problems,
        "count": len(rows),
        "shown": min(len(rows), SHOWN),
        "table": None if problems else _table(rows, version.price_list.currency),
    }
    return TemplateResponse(request, "billing/rehearsal.html", told)


def _table(rows: list[Rehearsed], code: str) -> dict[str, list[object]]:
    billed = sum(row.billed_minor for row in rows)
    rehearsed = sum(row.rehearsed_minor for row in rows)
    shown = [
        _cells(row.organisation.name, row.billed_minor, row.rehearsed_minor, code)
        for row in rows[:SHOWN]
    ]
    return {
        "headers": ["Organisation", "As it was", "By this version", "Difference"],
        "rows": [_cells(f"All {len(rows):,}", billed, rehearsed, code), *shown],
    }


def _cells(name: str, billed: int, rehearsed: int, code: str) -> list[str]:
    amounts = (billed, rehearsed, rehearsed - billed)
    return [name, *(minor_money(amount, code) for amount in amounts)]
