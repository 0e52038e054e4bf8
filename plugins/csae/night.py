"""The steps of a night, in the order that the DAGs call them. Each takes its clients and runs without Airflow."""

import os
import traceback
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from csae import generations, landing, progress, transform
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

_LOUDEST_FIRST = ("failed", "rejected", "waiting", "loaded", "unchanged")


@dataclass(frozen=True)
class Verdict:
    """A night's honest colour, and the sentence that says why."""

    night_id: int
    verdict: str
    message: str

    @property
    def exit_code(self) -> int:
        return {"complete": 0, "incomplete": 1, "held": 2, "failed": 3}[self.verdict]


class StepError(Exception):
    """A step failed. The message holds no value of any row, whatever the error beneath it said."""


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
    days = [delivery.delivery_on for found in landed.deliveries.values() for delivery in found]
    with connection.transaction():
        row = connection.execute(
            "insert into ops.night (night_on) values (%s) returning night_id", [night_on or max(days, default=None)]
        ).fetchone()
        night_id = int(row[0]) if row else 0
        for source in sorted(set(landed.deliveries) - set(sources)):
            _note(connection, night_id, source, "unknown", f"there is no YAML for source {source} in forces/.")
        if landed.strays:
            text = f"{len(landed.strays)} objects are not <source>/<yyyy-mm-dd>/<file> and were left alone."
            connection.execute("update ops.night set message = %s where night_id = %s", [text, night_id])
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
        message = _safe_message(error)
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
    state = next((name for name in _LOUDEST_FIRST if counts[name]), "unchanged")
    with connection.transaction():
        if not any(delivery.delivery_on == night_on for delivery in deliveries):
            _note(connection, night_id, source.spec.source, "missing", _missing_message(deliveries, night_on))
        else:
            text = " ".join(messages[state])
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
        raise StepError(f"The gate failed: {_safe_message(error)}") from None
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
    if not generations.take_turn(connection):
        raise StepError("Another build of the national tables is running; run again when it is done.")
    project_dir = settings.project_dir / "dbt_project"
    sha256 = generations.input_sha256(connection, sources, project_dir)
    now = generations.current(connection)
    if now and now.input_sha256 == sha256:
        return None
    transform.write_reference(connection, sources)
    generation_id = generations.open_generation(connection, night_id, sha256)
    try:
        result = transform.build(
            settings.warehouse_url,
            project_dir,
            settings.home_dir / "dbt",
            lambda done, total: progress.report("Building the national tables", done, total),
        )
    except BuildError as error:
        generations.close(connection, generation_id, "failed", str(error))
        raise StepError(str(error)) from None
    if result.faults:
        message = f"{len(result.faults)} dbt models or tests failed: {', '.join(result.faults[:5])}"
        generations.close(connection, generation_id, "failed", message)
        raise StepError(message)
    falls = [fall for fall in generations.falls(connection) if fall.force_code not in accepted_falls]
    if falls:
        message = (
            f"{'; '.join(map(str, falls))}. Analysts keep the last generation. If the fall is real, run again with "
            f"--accept-fall {falls[0].force_code}."
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
    with connection.transaction():
        _note_uncorrected(connection, night_id)
        states: dict[str, str] = dict(
            connection.execute("select source, state from ops.night_source where night_id = %s", [night_id]).fetchall()
        )
    expected = {code for code, loaded in sources.items() if loaded.spec.status == "live"}
    found = {code: states.get(code, "failed") for code in expected | (states.keys() - sources.keys())}
    return {code: state for code, state in sorted(found.items()) if state not in ("loaded", "unchanged")}


def give_verdict(
    connection: Connection, settings: Settings, sources: Mapping[str, LoadedSource], night_id: int
) -> Verdict:
    """Say what the night came to, and close it.

    It rests on what is there, not on what the steps said: no load may wait for the gate, and the generation that
    analysts see must be made of everything that was decided.
    """
    at_fault = sources_at_fault(connection, sources, night_id)
    undecided = connection.execute("select count(*) from ops.load where state = 'loaded'").fetchone()
    row = connection.execute(
        "select state, message from ops.generation where night_id = %s order by generation_id desc limit 1", [night_id]
    ).fetchone()
    state, text = row or (None, None)
    now = generations.current(connection)
    wanted = generations.input_sha256(connection, sources, settings.project_dir / "dbt_project")
    if state == "held":
        verdict, message = "held", f"Held: {text}"
    elif undecided and undecided[0]:
        verdict, message = "failed", f"Failed: the gate did not decide over {undecided[0]} loads; run again."
    elif now is None or now.input_sha256 != wanted:
        verdict, message = "failed", f"Failed: {text or 'the national tables were not built'}; analysts keep the last."
    elif at_fault:
        listed = ", ".join(f"{code} {state}" for code, state in at_fault.items())
        verdict, message = "incomplete", f"Complete with forces missing or rejected: {listed}."
    else:
        verdict, message = "complete", "Complete."
    with connection.transaction():
        connection.execute(
            """
            update ops.night set verdict = %s, message = concat_ws(' ', %s::text, message), ended_at = clock_timestamp()
            where night_id = %s and ended_at is null
            """,
            [verdict, message, night_id],
        )
    return Verdict(night_id, verdict, message)


def _note_uncorrected(connection: Connection, night_id: int) -> None:
    """A delivery that was rejected on an earlier night and not yet corrected still counts against its force."""
    connection.execute(
        """
        insert into ops.night_source (night_id, source, state, message)
        select
            %(night)s, r.source, 'rejected', string_agg(r.delivery_on || ': ' || r.reason, ' ' order by r.delivery_on)
        from ops.load as r
        left join ops.load as a
            on r.source = a.source and r.delivery_on = a.delivery_on and a.state = 'accepted'
                and a.correction_number > r.correction_number
        cross join ops.night as n
        where r.state = 'rejected' and a.load_id is null and n.night_id = %(night)s
            and r.delivery_on <= coalesce(n.night_on, r.delivery_on)
        group by r.source
        on conflict (night_id, source) do update
        set state = 'rejected', message = excluded.message
        where ops.night_source.state in ('loaded', 'unchanged', 'rejected')
        """,
        {"night": night_id},
    )


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


def _safe_message(error: Exception) -> str:
    """Our own sentences as they are; of any other error its kind and place, since its text may quote a row."""
    if isinstance(error, ServiceAwayError | StepError) or type(error).__module__.startswith("csae."):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = next((f for f in reversed(frames) if f"{os.sep}csae{os.sep}" in f.filename), frames[-1] if frames else None)
    where = f" at {Path(place.filename).name}:{place.lineno}" if place else ""
    return f"an unexpected {type(error).__name__}{where}; report it, it is a fault of the pipeline."
