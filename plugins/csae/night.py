"""The steps of a night, in the order that the DAGs call them. Each takes its clients and runs without Airflow."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pydantic import SecretStr

from csae import generations, landing, progress, transform, warehouse
from csae.failures import StepError, safe_message
from csae.gates import gate_loads
from csae.landing import ChangedUnderneathError, Delivery
from csae.loading import load_delivery
from csae.pseudonyms import read_keys
from csae.settings import Settings
from csae.sources import LoadedSource
from csae.transform import BuildError
from csae.warehouse import Connection, ServiceAwayError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LOUDEST_FIRST = ("failed", "rejected", "missing", "waiting", "loaded", "unchanged")


@dataclass(frozen=True)
class Verdict:
    """A night's honest colour, and the sentence that says why."""

    night_id: int
    verdict: str
    message: str

    @property
    def exit_code(self) -> int:
        return {"complete": 0, "incomplete": 1, "held": 2, "failed": 3}[self.verdict]


def open_night(
    connection: Connection,
    s3: "S3Client",
    settings: Settings,
    sources: Mapping[str, LoadedSource],
    night_on: date | None,
) -> int:
    """Begin a night. Without a date it is the night of the latest delivery, never of the clock."""
    progress.report("Looking for deliveries", 0, 1)
    landing.clear_spool(settings.spool_dir)
    landed = landing.list_landing(s3, settings.landing_bucket, until=night_on)
    days = [item.delivery_on for code in sources_to_load(sources) for item in landed.deliveries.get(code, [])]
    strays = f"{len(landed.strays)} objects are not <source>/<yyyy-mm-dd>/<file> and were left alone."
    with connection.transaction():
        connection.execute(
            "update ops.night set verdict = 'failed', message = 'Broken off.', ended_at = clock_timestamp() "
            "where ended_at is null"
        )
        row = connection.execute(
            "insert into ops.night (night_on, notice) values (%s, %s) returning night_id",
            [night_on or max(days, default=None), strays if landed.strays else None],
        ).fetchone()
        night_id = int(row[0]) if row else 0
        for source in sorted(set(landed.deliveries) - set(sources)):
            _note(connection, night_id, source, "unknown", f"there is no YAML for source {source} in forces/.")
    progress.report("Looking for deliveries", 1, 1)
    return night_id


def sources_to_load(sources: Mapping[str, LoadedSource]) -> list[str]:
    return sorted(code for code, loaded in sources.items() if loaded.spec.is_loaded)


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
        with connection.transaction():
            _note(connection, night_id, code, "failed", message)
        raise StepError(f"{source.spec.label}: {message}") from None


def _load_source(
    connection: Connection, s3: "S3Client", settings: Settings, source: LoadedSource, night_id: int
) -> dict[str, int]:
    keys = read_keys(settings.pseudonym_key_file)
    night_on = _night_on(connection, night_id)
    landed = landing.list_landing(s3, settings.landing_bucket, source=source.spec.source, until=night_on)
    deliveries = landed.deliveries.get(source.spec.source, [])
    counts = dict.fromkeys(_LOUDEST_FIRST, 0)
    messages: dict[str, list[str]] = {state: [] for state in _LOUDEST_FIRST}
    for done, delivery in enumerate(deliveries):
        progress.report(f"Loading {source.spec.label}", done, len(deliveries))
        try:
            outcome = load_delivery(connection, s3, settings.landing_bucket, settings.spool_dir, keys, source, delivery)
        except ChangedUnderneathError as error:
            counts["waiting"] += 1
            messages["waiting"].append(f"{delivery.delivery_on}: {error} changed while it was read; run again.")
            continue
        counts[outcome.state] += 1
        if outcome.message:
            messages[outcome.state].append(outcome.message)
    progress.report(f"Loading {source.spec.label}", len(deliveries), len(deliveries))
    if not any(delivery.delivery_on == night_on for delivery in deliveries):
        counts["missing"] = 1
        messages["missing"].append(_missing_message(deliveries, night_on))
    state = next((name for name in _LOUDEST_FIRST if counts[name]), "unchanged")
    text = " ".join(text for name in _LOUDEST_FIRST for text in messages[name])
    with connection.transaction():
        _note(connection, night_id, source.spec.source, state, text, deliveries=counts["loaded"])
    return {name: number for name, number in counts.items() if number}


def gate(
    connection: Connection, settings: Settings, sources: Mapping[str, LoadedSource], night_id: int
) -> dict[str, int]:
    """Decide over all loads that wait. Returns how many were accepted and rejected."""
    if settings.warehouse_url is None:
        raise ServiceAwayError("No warehouse is set; set CSAE_WAREHOUSE_URL.")
    progress.report("Checking quality", 0, 1)
    try:
        decisions = gate_loads(connection, settings.warehouse_url, settings.project_dir / "expectations", sources)
    except Exception as error:
        raise StepError(f"The gate failed: {safe_message(error)}") from None
    with connection.transaction():
        for code in sorted({decision.source for decision in decisions if not decision.accepted}):
            messages = [item.message for item in decisions if item.source == code and not item.accepted]
            _note(connection, night_id, code, "rejected", " ".join(messages))
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

    Returns its number, or None when the current one stands. A build that fails its tests or breaks a bound is
    closed as `failed` or `held`, and analysts go on reading the current one.
    """
    if settings.warehouse_url is None:
        raise ServiceAwayError("No warehouse is set; set CSAE_WAREHOUSE_URL.")
    with warehouse.turn(connection, wait=False):
        return _build(connection, settings, settings.warehouse_url, sources, night_id, accepted_falls)


def _build(
    connection: Connection,
    settings: Settings,
    url: SecretStr,
    sources: Mapping[str, LoadedSource],
    night_id: int,
    accepted_falls: Collection[str],
) -> int | None:
    project_dir = settings.project_dir / "dbt_project"
    sha256 = generations.input_sha256(connection, sources, project_dir)
    now = generations.current(connection)
    if now and now.input_sha256 == sha256:
        return None
    transform.write_reference(connection, sources)
    generation_id = generations.open_generation(connection, night_id, sha256)
    try:
        result = transform.build(
            url,
            project_dir,
            settings.home_dir / "dbt",
            lambda done, total: progress.report("Building the national tables", done, total),
        )
    except BuildError as error:
        generations.close(connection, generation_id, "failed", str(error))
        raise StepError(str(error)) from None
    if result.faults:
        listed = ", ".join(name.partition(".")[2] for name in result.faults[:5])
        log = settings.home_dir / "dbt" / "logs" / "dbt.log"
        message = f"{len(result.faults)} dbt models or tests failed ({listed}); {log} says why."
        generations.close(connection, generation_id, "failed", message)
        raise StepError(message)
    falls = [fall for fall in generations.falls(connection) if fall.force_code not in accepted_falls]
    if falls:
        message = (
            f"{'; '.join(map(str, falls))}. Analysts keep the last generation. If the fall is real, run csae run "
            f"--accept-fall {falls[0].force_code}, or csae_transform in Airflow with that force in accept_falls."
        )
        generations.close(connection, generation_id, "held", message)
        return generation_id
    generations.switch(connection, generation_id)
    return generation_id


def latest_night(connection: Connection) -> int:
    row = connection.execute("select max(night_id) from ops.night").fetchone()
    if row is None or row[0] is None:
        raise StepError("No night was opened yet; run csae_ingest first.")
    return int(row[0])


def sources_at_fault(connection: Connection, sources: Mapping[str, LoadedSource], night_id: int) -> dict[str, str]:
    """Live sources (and unknown ones) that are missing, waiting, rejected or failed, with that state."""
    states: dict[str, str] = dict(
        connection.execute("select source, state from ops.night_source where night_id = %s", [night_id]).fetchall()
    )
    expected = {code for code, loaded in sources.items() if loaded.spec.status == "live"}
    found = {code: states.get(code, "failed") for code in expected | (states.keys() - sources.keys())}
    return {code: state for code, state in sorted(found.items()) if state not in ("loaded", "unchanged")}


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

    It rests on what is there, not on what the steps said: no load may wait for the gate, and the generation that
    analysts see must be made of everything that was decided.
    """
    at_fault = sources_at_fault(connection, sources, night_id)
    undecided = undecided_loads(connection, sources)
    row = connection.execute(
        "select state, message from ops.generation where night_id = %s order by generation_id desc limit 1", [night_id]
    ).fetchone()
    state, text = row or (None, None)
    now = generations.current(connection)
    wanted = generations.input_sha256(connection, sources, settings.project_dir / "dbt_project")
    if undecided:
        verdict, message = "failed", f"Failed: the gate did not decide over {undecided} loads; run again."
    elif state == "held":
        verdict, message = "held", f"Held: {text}"
    elif now is None or now.input_sha256 != wanted:
        reason = (text or "the national tables were not built.").rstrip(".")
        verdict, message = "failed", f"Failed: {reason}. Analysts keep the last generation; mend it and run again."
    elif at_fault:
        listed = ", ".join(f"{code} {state}" for code, state in at_fault.items())
        verdict, message = "incomplete", f"Complete with forces missing or rejected: {listed}."
    else:
        verdict, message = "complete", "Complete."
    with connection.transaction():
        connection.execute(
            "update ops.night set verdict = %s, message = %s, ended_at = clock_timestamp() where night_id = %s",
            [verdict, message, night_id],
        )
    return Verdict(night_id, verdict, message)


def _note(connection: Connection, night_id: int, source: str, state: str, message: str, *, deliveries: int = 0) -> None:
    connection.execute(
        """
        insert into ops.night_source (night_id, source, state, message, deliveries) values (%s, %s, %s, %s, %s)
        on conflict (night_id, source) do update
        set state = excluded.state, message = excluded.message,
            deliveries = greatest(ops.night_source.deliveries, excluded.deliveries)
        """,
        [night_id, source, state, message or None, deliveries],
    )


def _night_on(connection: Connection, night_id: int) -> date | None:
    row = connection.execute("select night_on from ops.night where night_id = %s", [night_id]).fetchone()
    return row[0] if row else None


def _missing_message(deliveries: list[Delivery], night_on: date | None) -> str:
    last = f"its last delivery is of {deliveries[-1].delivery_on}" if deliveries else "it has never delivered"
    return f"nothing was delivered for {night_on}; {last}."
