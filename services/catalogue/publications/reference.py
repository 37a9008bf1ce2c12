"""The first versions of what is published: workflows, tariffs, and years of the calendar."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from libs.bangladesh.calendar import holidays_of_years
from libs.grievances import is_listed
from libs.workflows.tariffs import TariffRow
from services.catalogue.publications.kinds import first_day, tariff_id_of
from services.catalogue.publications.rules import Kind, Publication
from services.catalogue.workflows.reference import reference_tariffs, reference_workflows

_LONG_AGO = date(2016, 1, 1)


def reference_publications(at: datetime, *, grievances: bool = False) -> Sequence[Publication]:
    """Return what the reference publishes: 14 workflows, the tariffs, and the gazetted years.

    Args:
        at: the current time.
        grievances: also the workflow of grievances.
    """
    return [
        Publication(kind, series, version, content, first_day(kind, series, content, _LONG_AGO), at)
        for kind, series, version, content in (*_workflows(), *_tariffs(), *_years())
        if grievances or is_listed(series)
    ]


def _workflows() -> Iterator[tuple[Kind, str, int, str]]:
    for workflow in reference_workflows():
        content = workflow.model_dump_json(exclude_unset=True)
        yield "workflow", workflow.workflow, workflow.version, content


def _tariffs() -> Iterator[tuple[Kind, str, int, str]]:
    rows: defaultdict[str, list[TariffRow]] = defaultdict(list)
    for row in reference_tariffs().rows:
        rows[tariff_id_of(row)].append(row)
    for tariff_id, own in rows.items():
        tariffs = reference_tariffs().model_copy(update={"rows": tuple(own)})
        yield "tariff", tariff_id, 1, tariffs.model_dump_json(exclude_unset=True)


def _years() -> Iterator[tuple[Kind, str, int, str]]:
    for year in holidays_of_years():
        days = [
            {
                "day": row["date"],
                "name": {"bn": row["name_bn"], "en": row["name_en"]},
                "source": row.get("source", year["source"]),
            }
            for row in year["rows"]
        ]
        content = {"source": year["source"], "days": days}
        yield "year", str(year["year"]), 1, json.dumps(content, ensure_ascii=False)
