"""The steps of a night, in the order that the DAGs call them. Each takes its clients and runs without Airflow."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import psycopg

from csae import building, generations, landing, progress, warehouse
from csae.code_sets import CodeSets, read_code_sets
from csae.failures import StepError, safe_message
from csae.force_forms import write_force_forms
from csae.gates import gate_loads
from csae.keys import in_use
from csae.landing import ChangedUnderneathError
from csae.loading import load_delivery
from csae.pseudonyms import read_keys
from csae.roles import comparing, granting
from csae.settings import Settings
from csae.sources import LoadedSource, Source
from csae.sources.expectations import Waiver
from csae.warehouse import Connection, ServiceAwayError, step_error

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LOUDEST_FIRST = ("failed", "rejected", "missing", "waiting", "loaded", "unchanged")
_NOT_AT_FAULT = ("loaded", "unchanged")
_WAIVED_BY = {"rejected": "delivery_rejected", "missing": "delivery_missing"}
"""The rule that a waiver names for a source's state in a night."""


@dataclass(frozen=True)
class Verdict:
    """A night's honest colour, and the sentence that says why."""

    night_id: int
    verdict: str
    message: str

    @property
    def exit_code(self) -> int:
        return {"complete": 0, "incomplete": 1, "held": 2, "failed": 3}[self.verdict]


@dataclass(frozen=True)
class SourceState:
    """What became of a source in a night. One that is waived does not count against the night."""

    state: str
    message: str = ""
    is_waived: bool = False

    @property
    def is_at_fault(self) -> bool:
        return self.state not in _NOT_AT_FAULT and not self.is_waived


def settle(found: Sequence[SourceState]) -> SourceState:
    """The loudest of several states, those that count against the night first, with what there is to say of all."""
    in_order = sorted(found, key=lambda item: (not item.is_at_fault, _LOUDEST_FIRST.index(item.state)))
    first = in_order[0]
    return SourceState(first.state, " ".join(item.message for item in in_order if item.message), first.is_waived)


def open_night(
    connection: Connection,
    s3: "S3Client",
    settings: Settings,
    sources: Mapping[str, LoadedSource],
    night_on: date | None,
) -> int:
    """Begin a night. Without a date it is the night of the latest delivery, never of the clock."""
    progress.report("Looking for deliveries", 0, 1)
    in_use.check_settings(connection, settings)
    landing.clear_spool(settings.spool_dir)
    landed = landing.list_landing(s3, settings.landing_bucket, until=night_on)
    days = [item.delivery_on for code in sources_to_load(sources) for item in landed.deliveries.get(code, [])]
    night_on = night_on or max(days, default=None)
    notices = list(expired_waivers(sources, night_on)) if night_on else []
    if landed.strays:
        notices.append(f"{len(landed.strays)} objects are not <source>/<yyyy-mm-dd>/<file> and were left alone.")
    with connection.transaction():
        connection.execute(
            "update ops.night set verdict = 'failed', message = 'Broken off.', ended_at = clock_timestamp() "
            "where ended_at is null"
        )
        row = connection.execute(
            "insert into ops.night (night_on, notice) values (%s, %s) returning night_id",
            [night_on, " ".join(notices) or None],
        ).fetchone()
        night_id = int(row[0]) if row else 0
        for source in sorted(set(landed.deliveries) - set(sources)):
            unknown = SourceState("unknown", f"there is no YAML for source {source} in forces/.")
            _note(connection, night_id, source, unknown)
    with suppress(granting.RightsError):  # holds the switch; what loads is loaded all the same
        granting.settle(connection)
    progress.report("Looking for deliveries", 1, 1)
    return night_id


def sources_to_load(sources: Mapping[str, LoadedSource]) -> list[str]:
    return sorted(code for code, loaded in sources.items() if loaded.spec.is_loaded)


def expired_waivers(sources: Mapping[str, LoadedSource], night_on: date) -> Iterator[str]:
    """A sentence for each waiver that holds no longer, so that its owner renews it or takes it out."""
    for code in sources_to_load(sources):
        for waiver in sources[code].spec.waivers:
            if waiver.expires < night_on:
                yield (
                    f"{sources[code].spec.label}: the waiver of {waiver.rule} held until {waiver.expires}; "
                    f"{waiver.owner} should take it out of the YAML, or renew it."
                )


def load_source(
    connection: Connection, s3: "S3Client", settings: Settings, source: LoadedSource, night_id: int
) -> dict[str, int]:
    """Load all that this source has delivered and the ledger has not. Returns how many deliveries met which end.

    Raises `StepError` after writing down why, so that the source shows red and the others go on.
    """
    code = source.spec.source
    try:
        return _load_source(connection, s3, settings, source, night_id)
    except Exception as error:
        message = safe_message(error)
        with suppress(psycopg.OperationalError), connection.transaction():  # the warehouse itself may be what is away
            _note(connection, night_id, code, SourceState("failed", message))
        raise step_error(error, f"{source.spec.label}: {message}") from None


def _load_source(
    connection: Connection, s3: "S3Client", settings: Settings, source: LoadedSource, night_id: int
) -> dict[str, int]:
    keys = read_keys(settings.pseudonym_key_file)
    codes = _code_sets(settings)
    night_on = _night_on(connection, night_id)
    landed = landing.list_landing(s3, settings.landing_bucket, source=source.spec.source, until=night_on)
    deliveries = landed.deliveries.get(source.spec.source, [])
    counts = dict.fromkeys(_LOUDEST_FIRST, 0)
    messages: dict[str, list[str]] = {state: [] for state in _LOUDEST_FIRST}
    for done, delivery in enumerate(deliveries):
        progress.report(f"Loading {source.spec.label}", done, len(deliveries))
        try:
            with granting.acting_as(connection, "csae_load"):
                outcome = load_delivery(
                    connection,
                    s3,
                    settings.landing_bucket,
                    settings.spool_dir,
                    keys,
                    source,
                    delivery,
                    codes,
                    archive_bucket=settings.archive_bucket,
                )
        except ChangedUnderneathError as error:
            counts["waiting"] += 1
            messages["waiting"].append(f"{delivery.delivery_on}: {error} changed while it was read; run again.")
            continue
        counts[outcome.state] += 1
        if outcome.message:
            messages[outcome.state].append(outcome.message)
    progress.report(f"Loading {source.spec.label}", len(deliveries), len(deliveries))
    missing = missing_message(source.spec, [delivery.delivery_on for delivery in deliveries], night_on)
    if missing:
        counts["missing"] = 1
        messages["missing"].append(missing)
    found = [
        _with_waiver(source.spec, name, " ".join(messages[name]), night_on) for name in _LOUDEST_FIRST if counts[name]
    ]
    with connection.transaction():
        state = settle(found or [SourceState("unchanged")])
        _note(connection, night_id, source.spec.source, state, deliveries=counts["loaded"])
    return {name: number for name, number in counts.items() if number}


def gate(
    connection: Connection, settings: Settings, sources: Mapping[str, LoadedSource], night_id: int
) -> dict[str, int]:
    """Decide over all loads that wait. Returns how many were accepted and rejected."""
    if settings.warehouse_url is None:
        raise ServiceAwayError("No warehouse is set; set CSAE_WAREHOUSE_URL.")
    progress.report("Checking quality", 0, 1)
    try:
        codes = _code_sets(settings)
        write_force_forms(connection, codes)
        decisions = gate_loads(
            connection, settings.warehouse_url, settings.project_dir / "expectations", sources, codes
        )
    except Exception as error:
        raise step_error(error, f"The gate failed: {safe_message(error)}") from None
    night_on = _night_on(connection, night_id)
    with connection.transaction():
        for code in sorted({decision.source for decision in decisions if not decision.accepted}):
            messages = [item.message for item in decisions if item.source == code and not item.accepted]
            rejected = _with_waiver(sources[code].spec, "rejected", " ".join(messages), night_on)
            before = _states(connection, night_id).get(code)
            _note(connection, night_id, code, settle([before, rejected] if before else [rejected]))
    progress.report("Checking quality", 1, 1)
    accepted = sum(decision.accepted for decision in decisions)
    return {"accepted": accepted, "rejected": len(decisions) - accepted}


def build(
    connection: Connection,
    settings: Settings,
    sources: Mapping[str, LoadedSource],
    night_id: int,
    accepted_falls: Collection[str] = (),
) -> int | None:
    """Build a generation and let analysts see it, unless nothing it rests on has changed.

    Returns its number, or None when the newest one stands. A build that fails its tests or breaks a bound is
    closed as `failed` or `held`, and analysts go on reading what they did.
    """
    with warehouse.turn(connection, wait=False):
        return building.build(connection, settings, sources, night_id, accepted_falls)


def _code_sets(settings: Settings) -> CodeSets:
    return read_code_sets(settings.project_dir / "dbt_project" / "seeds")


def latest_night(connection: Connection) -> int:
    row = connection.execute("select max(night_id) from ops.night").fetchone()
    if row is None or row[0] is None:
        raise StepError("No night was opened yet; run csae_ingest first.")
    return int(row[0])


def sources_at_fault(connection: Connection, sources: Mapping[str, LoadedSource], night_id: int) -> dict[str, str]:
    """Live sources (and unknown ones) that are missing, waiting, rejected or failed, with that state.

    Those on trial never count against a night, nor does what a waiver covers.
    """
    states = _states(connection, night_id)
    expected = {code for code, loaded in sources.items() if loaded.spec.status == "live"}
    found = {code: states.get(code, SourceState("failed")) for code in expected | (states.keys() - sources.keys())}
    return {code: item.state for code, item in sorted(found.items()) if item.is_at_fault}


def undecided_loads(connection: Connection, sources: Mapping[str, LoadedSource]) -> int:
    """Loads that the gate should have decided over and did not."""
    row = connection.execute(
        "select count(*) from ops.load where state = 'loaded' and source = any(%s)", [list(sources)]
    ).fetchone()
    return int(row[0]) if row else 0


def give_verdict(
    connection: Connection, settings: Settings, sources: Mapping[str, LoadedSource], night_id: int
) -> Verdict:
    """Say what the night came to, and close it.

    It rests on what is there, not on what the steps said: no load may wait for the gate, the newest generation must be
    made of everything that was decided, and analysts must see that one.
    """
    at_fault = sources_at_fault(connection, sources, night_id)
    undecided = undecided_loads(connection, sources)
    row = connection.execute(
        "select state, message from ops.generation where night_id = %s order by generation_id desc limit 1", [night_id]
    ).fetchone()
    state, text = row or (None, None)
    now, newest = generations.current(connection), generations.newest(connection)
    wanted = generations.input_sha256(connection, sources, settings.project_dir / "dbt_project")
    wider = comparing.wider(comparing.differences(connection))
    if undecided:
        verdict, message = "failed", f"Failed: the gate did not decide over {undecided} loads; run again."
    elif state == "held":
        verdict, message = "held", f"Held: {text}"
    elif now is None or newest is None or newest.input_sha256 != wanted:
        reason = (text or "the national tables were not built.").rstrip(".")
        verdict, message = "failed", f"Failed: {reason}. Analysts keep the last generation; mend it and run again."
    elif now != newest:
        verdict, message = "held", f"Held: {generations.went_back(now, newest)}"
    elif wider:
        verdict, message = "held", f"Held: {granting.held_by(wider)}."
    elif at_fault:
        listed = ", ".join(f"{code} {state}" for code, state in at_fault.items())
        verdict, message = "incomplete", f"Complete with forces missing or rejected: {listed}."
    else:
        verdict, message = "complete", "Complete."
    waived = [f"{code} {item.state}" for code, item in sorted(_states(connection, night_id).items()) if item.is_waived]
    if waived:
        message = f"{message} Waived: {', '.join(waived)}."
    with connection.transaction():
        connection.execute(
            "update ops.night set verdict = %s, message = %s, ended_at = clock_timestamp() where night_id = %s",
            [verdict, message, night_id],
        )
    return Verdict(night_id, verdict, message)


def _note(connection: Connection, night_id: int, source: str, state: SourceState, *, deliveries: int = 0) -> None:
    connection.execute(
        """
        insert into ops.night_source (night_id, source, state, is_waived, message, deliveries)
        values (%s, %s, %s, %s, %s, %s)
        on conflict (night_id, source) do update
        set state = excluded.state, is_waived = excluded.is_waived, message = excluded.message,
            deliveries = greatest(ops.night_source.deliveries, excluded.deliveries)
        """,
        [night_id, source, state.state, state.is_waived, state.message or None, deliveries],
    )


def _states(connection: Connection, night_id: int) -> dict[str, SourceState]:
    rows = connection.execute(
        "select source, state, coalesce(message, ''), is_waived from ops.night_source where night_id = %s", [night_id]
    ).fetchall()
    return {source: SourceState(*rest) for source, *rest in rows}


def _night_on(connection: Connection, night_id: int) -> date | None:
    row = connection.execute("select night_on from ops.night where night_id = %s", [night_id]).fetchone()
    return row[0] if row else None


def missing_message(spec: Source, delivered: Sequence[date], night_on: date | None) -> str | None:
    """What to say of a source that has not delivered since the last day on which a delivery was due."""
    last = f"its last delivery is of {max(delivered)}" if delivered else "it has never delivered"
    if night_on is None:
        return f"nothing was delivered; {last}."
    due_on = spec.delivery.due.latest(night_on)
    if any(day >= due_on for day in delivered):
        return None
    when = f"for {due_on}" if due_on == night_on else f"since {due_on}, when it was due"
    return f"nothing was delivered {when}; {last}."


def _with_waiver(spec: Source, state: str, message: str, night_on: date | None) -> SourceState:
    """Waived as at the night: a delivery that stays rejected in landing counts again once its waiver expires."""
    rule = _WAIVED_BY.get(state)
    waiver: Waiver | None = spec.waiver(rule, night_on) if rule and night_on else None
    return SourceState(state, f"{message} {waiver.sentence}" if waiver else message, waiver is not None)
