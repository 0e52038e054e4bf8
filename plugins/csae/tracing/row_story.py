"""Forward from a row or a file: what the gate and the last build made of it, and what rests on it now."""

from collections.abc import Mapping
from typing import Any

from csae.tracing import cases, crimes, deliveries, kept, people, whys
from csae.tracing.context import Context
from csae.tracing.deliveries import Delivery, Place, RawRow
from csae.tracing.keys import RowKey, UnknownKeyError
from csae.tracing.stories import CaseStory, FileStory, LoadOfFile, Reason, RecordInRow, RowStory, Version


def of_row(at: Context, key: RowKey) -> RowStory:
    """Raises `UnknownKeyError`, which says what of the key there is."""
    delivery = _load(at, key.load_id)
    extracts = deliveries.extracts(at.connection, key.load_id)
    if key.extract_name not in extracts:
        known = f"has the extracts {' and '.join(extracts)}" if extracts else "was given up before its rows were read"
        raise UnknownKeyError(f"Load {key.load_id} {known}; csae load show {key.load_id} says more.")
    found = deliveries.records(at.connection, key.load_id, key.extract_name, key.row_number)
    if not found:
        last = deliveries.last_row(at.connection, key.load_id, key.extract_name)
        raise UnknownKeyError(
            f"Row {key.row_number} of {key.extract_name} in load {key.load_id} holds no record; "
            + (f"the last one is in row {last}." if last else "the load has no rows in the warehouse.")
        )
    where = (key.load_id, key.extract_name, key.row_number)
    return RowStory(
        delivery=delivery,
        place=deliveries.places(at.connection, [where])[where],
        layout=at.layout(delivery),
        records=[_record(at, delivery, key, item) for item in found],
        generations=kept.generations_with(at.connection, key.load_id),
        notes=at.notes(delivery),
    )


def _load(at: Context, load_id: int) -> Delivery:
    found = deliveries.loads(at.connection, [load_id]).get(load_id)
    if found is None:
        raise UnknownKeyError(f"There is no load {load_id}; csae load list shows those there are.")
    return found


def _record(at: Context, delivery: Delivery, key: RowKey, item: RawRow) -> RecordInRow:
    row = (key.load_id, key.extract_name, item.row_number)
    fate = deliveries.fate(at.connection, item.record_kind, *row) if at.is_built else {}
    reasons = [
        at.reason(held.reason_code, held.column_name) for held in deliveries.held(at.connection, item.record_kind, *row)
    ]
    if not reasons and fate.get("quarantine_reason"):
        reasons = [at.reason(fate["quarantine_reason"])]
    why, instead, feeds = _became(at, delivery, item, row, fate, reasons)
    return RecordInRow(
        record_kind=item.record_kind,
        row_number=item.row_number,
        in_row=item.crime_row_number,
        fate=fate.get("fate") or ("quarantined" if reasons or delivery.state == "rejected" else None),
        why=why,
        reasons=reasons,
        crime_key=fate.get("crime_key"),
        case_key=fate.get("case_key"),
        involvement_key=fate.get("involvement_key"),
        person_key=fate.get("person_key"),
        stands_instead=instead,
        feeds={table: rows for table, rows in feeds.items() if rows},
        columns=at.columns(delivery, item.record_kind, *row[1:])[1],
    )


def _became(
    at: Context,
    delivery: Delivery,
    item: RawRow,
    row: tuple[int, str, int],
    fate: Mapping[str, Any],
    reasons: list[Reason],
) -> tuple[str, Place | None, dict[str, int]]:
    """Why, the row that stands instead, and the rows of `curated` that rest on it."""
    if not fate:
        says = "The gate holds the row back." if reasons else whys.undecided(delivery, is_built=at.is_built)
        return says, None, {}
    if fate["fate"] == "quarantined":
        rejected = fate["quarantine_reason"] == "load_rejected"
        return (whys.undecided(delivery, is_built=True) if rejected else "The gate holds the row back."), None, {}
    if item.record_kind == "crime":
        return _crime(at, row, fate["crime_key"])
    if item.record_kind == "involvement":
        return _involvement(at, fate)
    found = cases.versions(at.connection, fate["case_key"])
    mine = next(one for one in found if (one.load_id, one.extract_name, one.row_number) == row)
    instead = next((one for one in found if one.is_standing and one.status_on == mine.status_on), mine)
    rows = sum(one["status_on"] == mine.status_on for one in cases.published(at.connection, mine.case_key))
    return cases.why(mine), _place(at, mine, instead), {"fct_case_review": rows if mine.fate == "current" else 0}


def _crime(at: Context, row: tuple[int, str, int], crime_key: str) -> tuple[str, Place | None, dict[str, int]]:
    found = crimes.versions(at.connection, crime_key)
    mine = next(one for one in found if (one.load_id, one.extract_name, one.row_number) == row)
    standing = next((one for one in found if one.is_standing), None)
    loads = deliveries.loads(at.connection, [one.load_id for one in found])
    snapshot = deliveries.latest_snapshot(at.connection, mine.force_code) if mine.is_dropped else None
    others = crimes.partners(at.connection, crime_key) if mine.fate == "transferred" else []
    counted = int(mine.fate == "current" and bool(crimes.published(at.connection, crime_key)))
    why = whys.version(mine, standing, loads, others, snapshot)
    return why, _place(at, mine, standing or mine), {"fct_offence_type": counted}


def _involvement(at: Context, fate: Mapping[str, Any]) -> tuple[str, Place | None, dict[str, int]]:
    mine = people.involvement(at.connection, fate["involvement_key"])
    if mine is None:
        raise AssertionError("a row with a fate has its version")
    kept_row = people.involvement(at.connection, mine.kept_involvement_key) if mine.kept_involvement_key else None
    rows: dict[str, int] = {}
    if mine.fate == "current" and mine.crime_key and mine.person_key and mine.role:
        found = people.published(at.connection, mine.crime_key, mine.person_key, mine.role)
        rows = {table: len(items) for table, items in found.items()}
    return whys.involvement(mine, {}), _place(at, mine, kept_row or mine), rows


def _place(at: Context, mine: Any, instead: Any) -> Place | None:
    """Where the other row stands, if it is another one."""
    if mine is instead or mine == instead:
        return None
    where = (instead.load_id, instead.extract_name, instead.row_number)
    return deliveries.places(at.connection, [where])[where]


def of_file(at: Context, object_key: str) -> FileStory:
    """Raises `UnknownKeyError` for a file that the ledger does not know."""
    found = deliveries.loads_of_file(at.connection, object_key)
    if not found:
        raise UnknownKeyError(
            "The ledger knows no such file; csae load show lists those of a load. One that was just delivered is "
            "taken up by the next csae run."
        )
    loads = deliveries.loads(at.connection, [load_id for load_id, _ in found])
    return FileStory(object_key, [_of_load(at, loads[load_id], taken_as) for load_id, taken_as in found])


def _of_load(at: Context, delivery: Delivery, taken_as: str) -> LoadOfFile:
    names = {*taken_as.split(", ")}
    counted = deliveries.fates(at.connection, delivery.load_id) if at.is_built else []
    extracts = {*deliveries.extracts(at.connection, delivery.load_id)}
    mine = [item for item in counted if item.extract_name in names or not names & extracts]
    reasons = {item.reason_code: at.reason(item.reason_code).meaning for item in mine if item.reason_code}
    return LoadOfFile(
        delivery,
        taken_as,
        _says(delivery, is_built=at.is_built, rows=sum(item.rows for item in mine)),
        mine,
        reasons,
        kept.generations_with(at.connection, delivery.load_id),
    )


def _says(delivery: Delivery, *, is_built: bool, rows: int) -> str:
    if delivery.state == "duplicate":
        return f"The same content as load {delivery.duplicate_of}; nothing was loaded again."
    if delivery.replaced_by:
        return f"Load {delivery.replaced_by} corrects the delivery of the same day and counts in its place."
    if delivery.state == "accepted" and rows:
        return f"Every one of its {rows:,} records has one fate."
    return whys.undecided(delivery, is_built=is_built)


def of_case(at: Context, case_key: str) -> CaseStory:
    found = cases.versions(at.connection, case_key)
    rows = [(item.load_id, item.extract_name, item.row_number) for item in found]
    loads = deliveries.loads(at.connection, [item.load_id for item in found])
    places = deliveries.places(at.connection, rows)
    counted = cases.published(at.connection, case_key)
    return CaseStory(
        case_key=case_key,
        source=found[0].source_code,
        says=f"A case with {len(counted)} counted changes of status." if counted else "Not counted nationally.",
        versions=[
            Version(loads[item.load_id], places[row], item.fate, item.is_standing, cases.why(item))
            for item, row in zip(found, rows, strict=True)
        ],
        published=counted,
    )
