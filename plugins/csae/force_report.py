"""What is sent back to a force about one delivery: its own rows by number, and every reason in plain words.

A report is a list of tables, so that the workbook and the page say the same. No table has a value of a row, but for
codes that may be shown.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from psycopg import sql

from csae import reports
from csae.code_sets import CodeSets, may_be_shown
from csae.drift import CODED_COLUMNS, known_by
from csae.reasons import Reason, read_reasons
from csae.reports import LoadLine
from csae.sources import LoadedSource
from csae.sources.columns import RecordKind
from csae.sources.model import Extract
from csae.warehouse import Connection

ROWS_LISTED = 50_000
"""More would tell a force no more, and no spreadsheet shows them well."""
NOT_SHOWN = "[not shown]"
_KINDS: dict[RecordKind, str] = {"crime": "Crimes", "involvement": "People", "case_review": "Case reviews"}
_EFFECTS = {
    "rejected": "The delivery was not taken",
    "quarantined": "The record is held back",
    "warning": "To be looked at",
    "info": "For information",
}
_LEVELS = {"error": "The delivery was not taken", "warning": "To be looked at", "info": "For information"}
_FOR_US = re.compile(r"Ask the force|If (?:it is|so)|See csae|Correct|Take|Waived|.*YAML")
"""How a sentence begins that tells the operator what to do; the force is told by `reasons.csv`."""

Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    title: str
    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    shares: frozenset[int] = frozenset()
    """Columns whose numbers are shares of 1."""


@dataclass(frozen=True)
class ForceReport:
    title: str
    delivery_on: date
    file_stem: str
    tables: tuple[Table, ...]


def make(
    connection: Connection, load: LoadLine, source: LoadedSource | None, codes: CodeSets | None = None
) -> ForceReport:
    """Without its YAML a source's own names of columns are left out, and its codes cannot be told from others."""
    reasons = read_reasons()
    extracts: Mapping[str, Extract] = {}
    delivery_on = date.fromisoformat(load.delivery_on)
    layout = source.spec.layout_on(delivery_on) if source else None
    if layout:
        extracts = layout.extracts
    name = source.spec.label if source else load.source
    return ForceReport(
        title=f"Report on the delivery of {load.delivery_on}, {name}",
        delivery_on=delivery_on,
        file_stem=f"csae-report-{load.source}-{load.delivery_on}-load-{load.load_id}",
        tables=(
            _cover(load, name, reasons),
            _files(connection, load),
            _summary(connection, load, extracts, reasons),
            _rows(connection, load, extracts, reasons),
            _signals(connection, load, reasons),
            _completeness(connection, load, extracts),
            _unknown_codes(connection, load, source, extracts, codes),
        ),
    )


def in_plain_words(message: str) -> str:
    """What was found, without what it asks of the operator."""
    first, *others = re.split(r"(?<=[.:]) (?=[A-Z])", message.replace("\n", " "))
    kept = [first]
    for sentence in others:
        if _FOR_US.match(sentence):
            break
        kept.append(sentence)
    return " ".join(kept)


def _cover(load: LoadLine, name: str, reasons: Mapping[str, Reason]) -> Table:
    counts = {
        "Crimes": (load.crimes_read, load.crimes_quarantined),
        "People": (load.people_read, load.people_quarantined),
        "Case reviews": (load.case_reviews_read, load.case_reviews_quarantined),
    }
    rows: list[tuple[Cell, ...]] = [
        ("Source", name),
        ("Delivery of", load.delivery_on),
        ("Correction", load.correction_number or "none, the first delivery for this day"),
        ("Number of the load", load.load_id),
        ("Verdict", _verdict(load)),
    ]
    reason = reasons.get(load.reason_code or "")
    if load.state == "rejected":
        rows += [("Reason", reason.meaning if reason else None), ("Found", in_plain_words(load.reason or ""))]
        rows += [("What to do", reason.what_to_do if reason else None)]
    for kind, (read, quarantined) in counts.items():
        if read:
            accepted = read - (quarantined or 0) if load.state == "accepted" else 0
            rows += [
                (f"{kind} read", read),
                (f"{kind} accepted", accepted),
                (f"{kind} held back", quarantined or 0),
            ]
    rows.append(
        ("Rows", "Counted as a spreadsheet counts them, the header included; in XML and JSON, records by place.")
    )
    return Table("Cover", "The delivery and what became of it", ("Item", "Value"), tuple(rows))


def _verdict(load: LoadLine) -> str:
    held_back = sum(filter(None, (load.crimes_quarantined, load.people_quarantined, load.case_reviews_quarantined)))
    match load.state:
        case "accepted" if held_back:
            return f"Accepted. {held_back:,} records are held back until they are corrected; all others count."
        case "accepted":
            return "Accepted. Every record counts."
        case "rejected":
            return "Not accepted. Nothing of this delivery counts until it is corrected and sent again."
        case "duplicate":
            return "Nothing new. The content is the same as that of an earlier delivery."
        case _:
            return "Not decided yet."


def _files(connection: Connection, load: LoadLine) -> Table:
    found = reports.load_details(connection, load.load_id)["files"]
    return Table(
        "Files",
        "The files as they reached us",
        ("File", "Part of the delivery", "Bytes", "Records", "SHA-256"),
        tuple(
            (
                _file_name(item["object_key"]),
                item["extract_name"],
                item["size_bytes"],
                item["records_read"],
                item["sha256"],
            )
            for item in found
        ),
    )


def _summary(
    connection: Connection, load: LoadLine, extracts: Mapping[str, Extract], reasons: Mapping[str, Reason]
) -> Table:
    found = connection.execute(
        """
        select record_kind, reason_code, column_name, count(*)
        from ops.quarantined_row where load_id = %(load)s
        group by record_kind, reason_code, column_name
        union all
        select record_kind, reason_code, column_name, rows_failed
        from ops.gate_result where load_id = %(load)s and severity <> 'critical' and rows_failed > 0
        """,
        {"load": load.load_id},
    ).fetchall()
    order = list(_EFFECTS)
    lines = [(reasons[code], kind, column, number) for kind, code, column, number in found]
    lines.sort(key=lambda line: (order.index(line[0].level), -line[3], line[0].code, line[1]))
    return Table(
        "Summary",
        "Faults by reason. A record with several faults is counted under each.",
        ("Effect", "Records", "Column", "Your column", "Number", "Reason", "What to do", "Who"),
        tuple(
            (
                _EFFECTS[reason.level],
                _KINDS[cast("RecordKind", kind)],
                column,
                _origin(extracts.values(), kind, column),
                number,
                reason.meaning,
                reason.what_to_do,
                reason.who.capitalize(),
            )
            for reason, kind, column, number in lines
        ),
    )


def _rows(
    connection: Connection, load: LoadLine, extracts: Mapping[str, Extract], reasons: Mapping[str, Reason]
) -> Table:
    found = connection.execute(
        """
        select q.record_kind, q.extract_name, coalesce(i.crime_row_number, q.row_number) as file_row,
            case when i.crime_row_number is not null then q.row_number end as person, q.column_name, q.reason_code,
            count(*) over () as all_rows
        from ops.quarantined_row as q
        left join raw.involvement as i
            on q.record_kind = 'involvement' and q.load_id = i.load_id and q.extract_name = i.extract_name
                and q.row_number = i.row_number
        where q.load_id = %s
        order by q.extract_name, file_row, q.record_kind, person, q.reason_code
        limit %s
        """,
        [load.load_id, ROWS_LISTED],
    ).fetchall()
    file_of = _file_of(connection, load)
    more = found[0][-1] - len(found) if found else 0
    return Table(
        "Rows",
        "Records that are held back, by row" + (f". {more:,} more are not listed." if more else ""),
        ("Records", "File", "Row", "Person in the file", "Column", "Your column", "Reason", "What to do"),
        tuple(
            (
                _KINDS[kind],
                file_of(extract),
                row,
                person,
                column,
                _origin([extracts[extract]] if extract in extracts else [], kind, column),
                reasons[code].meaning,
                reasons[code].what_to_do,
            )
            for kind, extract, row, person, column, code, _ in found
        ),
    )


def _signals(connection: Connection, load: LoadLine, reasons: Mapping[str, Reason]) -> Table:
    found = reports.load_details(connection, load.load_id)["notices"]
    return Table(
        "Signals",
        "How the delivery differs from what was agreed, and from those before it",
        ("Level", "Part of the delivery", "Column", "Signal", "Found", "What to do"),
        tuple(
            (
                _LEVELS[item["level"]],
                item["extract_name"] or "all",
                item["column_name"] or None,
                reasons[item["code"]].meaning,
                in_plain_words(item["message"]),
                reasons[item["code"]].what_to_do,
            )
            for item in found
        ),
    )


def _completeness(connection: Connection, load: LoadLine, extracts: Mapping[str, Extract]) -> Table:
    found = connection.execute(
        """
        with this as (
            select load_id, source, delivery_on, correction_number from ops.load where load_id = %s
        ),

        last_time as (
            select l.load_id
            from ops.load as l
            inner join this as t on l.source = t.source
            where l.state = 'accepted'
                and (l.delivery_on, l.correction_number, l.load_id)
                    < (t.delivery_on, t.correction_number, t.load_id)
                and exists (select 1 from ops.load_column as c where c.load_id = l.load_id)
            order by l.delivery_on desc, l.correction_number desc, l.load_id desc
            limit 1
        )

        select c.extract_name, c.record_kind, c.column_name, c.rows, c.filled, b.rows, b.filled
        from ops.load_column as c
        inner join this using (load_id)
        left join ops.load_column as b
            on c.extract_name = b.extract_name and c.record_kind = b.record_kind and c.column_name = b.column_name
                and b.load_id = (select load_id from last_time)
        order by c.extract_name, c.record_kind, c.column_name
        """,
        [load.load_id],
    ).fetchall()
    file_of = _file_of(connection, load)
    return Table(
        "Completeness",
        "How many records have each column filled in, and how many had in the last accepted delivery",
        ("Records", "File", "Column", "Your column", "Records read", "Filled in", "Share", "Share last time"),
        tuple(
            (
                _KINDS[kind],
                file_of(extract),
                column,
                _origin([extracts[extract]] if extract in extracts else [], kind, column),
                rows,
                filled,
                _share(filled, rows),
                _share(filled_before, rows_before),
            )
            for extract, kind, column, rows, filled, rows_before, filled_before in found
        ),
        shares=frozenset({6, 7}),
    )


def _unknown_codes(
    connection: Connection,
    load: LoadLine,
    source: LoadedSource | None,
    extracts: Mapping[str, Extract],
    codes: CodeSets | None,
) -> Table:
    counted: dict[tuple[str, str | None, str], int] = Counter()
    for name, extract in extracts.items() if source else ():
        for kind in extract.kinds:
            for column, values in _coded_values(connection, load.load_id, name, kind, extract):
                for value, rows in values.items():
                    if source and known_by(value, column, extract, source.spec, codes) is None:
                        is_shown = codes.may_be_shown(column, value, rows) if codes else may_be_shown(value, rows)
                        shown = value if is_shown else NOT_SHOWN
                        counted[column, _origin([extract], kind, column), shown] += rows
    return Table(
        "Unknown codes",
        "Values in columns of codes that no code set and no list of ours has. Those that may be names are not shown.",
        ("Column", "Your column", "Value", "Records"),
        tuple(
            (*key, rows) for key, rows in sorted(counted.items(), key=lambda item: (item[0][0], -item[1], item[0][2]))
        ),
    )


def _coded_values(
    connection: Connection, load_id: int, name: str, kind: RecordKind, extract: Extract
) -> Iterator[tuple[str, Counter[str]]]:
    """Of each coded column of the extract that may hold other values than the dataset knows."""
    columns = {column for one, record in extract.records if one == kind for column in record.columns}
    for column in sorted(columns & CODED_COLUMNS):
        # A title says nothing more where its code is given.
        of_use = "coalesce(home_office_code, cjs_code) is null" if column == "offence_title" else "true"
        found = connection.execute(
            sql.SQL(
                "select {column}, count(*) from raw.{kind} "
                "where load_id = %s and extract_name = %s and {column} is not null and {of_use} group by 1"
            ).format(column=sql.Identifier(column), kind=sql.Identifier(kind), of_use=sql.SQL(of_use)),
            [load_id, name],
        ).fetchall()
        values: Counter[str] = Counter()
        for text, rows in found:
            for value in json.loads(text) if column == "nationalities" else (text,):
                values[value] += rows
        yield column, values


def _origin(extracts: Iterable[Extract], kind: str, column: str | None) -> str | None:
    """The force's own name of a column of the dataset."""
    names = [
        source
        for extract in extracts
        for one, record in extract.records
        if one == kind and column in record.columns
        for source in record.columns[column].origins
    ]
    return ", ".join(dict.fromkeys(names)) or None


def _file_of(connection: Connection, load: LoadLine) -> Callable[[str], str]:
    """The file that an extract was read from, which may be a member of an archive."""
    names: dict[str, str] = dict(
        connection.execute(
            "select extract_name, file_name from ops.load_extract where load_id = %s", [load.load_id]
        ).fetchall()
    )
    return lambda extract: names.get(extract, extract)


def _file_name(object_key: str) -> str:
    return object_key.split("/", 2)[-1]


def _share(part: int | None, whole: int | None) -> float | None:
    return part / whole if part is not None and whole else None
