"""What changed from one generation to the next: crimes and people on them, each with the one reason that comes first.

A crime is a row of `fct_offence_type`; an involvement, one of `fct_ethnicity` with its rows of `fct_nationality`. The
reasons come from why a crime did not count before or does not count now, from the loads behind it, and from which
columns changed; `change_reasons.csv` says what each means.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from psycopg.rows import class_row

from csae.warehouse import Connection


@dataclass(frozen=True)
class ChangeLine:
    """How many crimes or involvements of a force changed, and why."""

    force_code: str
    record_kind: str
    change: str
    reason: str
    records: int


@dataclass(frozen=True)
class KeyLine:
    """One crime or involvement that changed; `person_key` and `role` are null for a crime."""

    force_code: str
    record_kind: str
    change: str
    reason: str
    crime_key: str
    person_key: str | None
    role: str | None


@cache
def meanings() -> dict[str, str]:
    with Path(__file__).with_name("change_reasons.csv").open(newline="") as file:
        return {row["reason"]: row["meaning"] for row in csv.DictReader(file)}


def between(connection: Connection, since: int, until: int, force_code: str | None = None) -> list[KeyLine]:
    """Net changes of all steps after `since` up to `until`, each with the reason of its last step.

    What was added and removed again is not among them.
    """
    with connection.cursor(row_factory=class_row(KeyLine)) as cursor:
        return cursor.execute(
            """
            with steps as (
                select
                    *,
                    first_value(change) over one_record as first_change,
                    row_number() over one_record as step,
                    count(*) over (partition by record_kind, crime_key, person_key, role) as steps
                from ops.generation_change_key
                where generation_id > %(since)s and generation_id <= %(until)s
                    and (%(force_code)s::text is null or force_code = %(force_code)s)
                window one_record as (partition by record_kind, crime_key, person_key, role order by generation_id)
            ),

            net as (
                select
                    *,
                    first_change = 'added' as was_absent,
                    change = 'removed' as is_absent
                from steps
                where step = steps
            )

            select
                force_code, record_kind,
                case when was_absent then 'added' when is_absent then 'removed' else 'changed' end as change,
                reason, crime_key, person_key, role
            from net
            where not (was_absent and is_absent)
            order by record_kind, force_code, change, reason, crime_key, person_key, role
            """,
            {"since": since, "until": until, "force_code": force_code},
        ).fetchall()


def counted(lines: Iterable[KeyLine]) -> list[ChangeLine]:
    counts: dict[tuple[str, str, str, str], int] = {}
    for line in lines:
        place = (line.force_code, line.record_kind, line.change, line.reason)
        counts[place] = counts.get(place, 0) + 1
    return [ChangeLine(*place, records) for place, records in sorted(counts.items())]


def of_generation(connection: Connection, generation_id: int) -> list[ChangeLine]:
    """What a generation changed, as it was counted when analysts first saw it; kept for ever."""
    with connection.cursor(row_factory=class_row(ChangeLine)) as cursor:
        return cursor.execute(
            """
            select force_code, record_kind, change, reason, records from ops.generation_change
            where generation_id = %s order by force_code, record_kind, change, reason
            """,
            [generation_id],
        ).fetchall()
