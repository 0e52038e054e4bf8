"""Every night: load and gate what each source has delivered."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import Asset, CronTriggerTimetable, Param, dag, get_current_context, task

LONDON = "Europe/London"
LOADS = Asset("csae_loads")

DOC = """
### csae_ingest
A mapped task a source loads its deliveries, each on its own: one bad force never stops the others. Then one gate
decides over all of them. `verdict` is red unless every live source delivered and was accepted.

**When it is red:** `csae night` says which force is missing or was rejected, and why. Running it again is always
safe; a delivery that was dealt with is not loaded twice.
"""


@dag(
    schedule=CronTriggerTimetable("0 4 * * *", timezone=LONDON),
    start_date=datetime(2026, 9, 1, tzinfo=ZoneInfo(LONDON)),
    catchup=False,
    max_active_runs=1,
    # For a worker that died in the middle: the ledger knows what it had done, so trying again is safe.
    default_args={"retries": 2, "retry_delay": timedelta(seconds=30)},
    params={"night": Param(None, type=["null", "string"], format="date", description="Deliveries up to this day.")},
    tags=["csae", "nightly"],
    doc_md=DOC,
)
def csae_ingest() -> None:
    @task
    def open_night(params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        from csae import night
        from csae.clients import clients_of_task

        given = (params or {}).get("night")
        run = get_current_context()["dag_run"]
        if given is None and run.run_type == "scheduled" and run.logical_date:
            given = run.logical_date.astimezone(ZoneInfo(LONDON)).date().isoformat()
        with clients_of_task(prepare=True) as c:
            day = date.fromisoformat(given) if given else None
            night_id = night.open_night(c.connection, c.s3, c.settings, c.sources, day)
            return [{"source": source, "night_id": night_id} for source in night.sources_to_load(c.sources)]

    @task(map_index_template="{{ source_label }}")
    def load_source(source: str, night_id: int) -> dict[str, int]:
        from csae import night
        from csae.clients import clients_of_task

        with clients_of_task(source=source) as c:
            context: Any = get_current_context()
            context["source_label"] = c.sources[source].spec.label
            return night.load_source(c.connection, c.s3, c.settings, c.sources[source], night_id)

    @task(trigger_rule="all_done", outlets=[LOADS])
    def gate(opened: list[dict[str, Any]], *, outlet_events: Any = None) -> dict[str, int]:
        from csae import night
        from csae.clients import clients_of_task

        night_id = opened[0]["night_id"]
        outlet_events[LOADS].extra = {"night_id": night_id}
        with clients_of_task() as c:
            return night.gate(c.connection, c.settings, c.sources, night_id)

    @task(trigger_rule="all_done")
    def verdict(opened: list[dict[str, Any]]) -> None:
        from airflow.sdk.exceptions import AirflowFailException

        from csae import night
        from csae.clients import clients_of_task

        night_id = opened[0]["night_id"]
        with clients_of_task() as c:
            if night.undecided_loads(c.connection, c.sources):
                # No asset tells csae_transform of this night, so it is closed here.
                raise AirflowFailException(night.give_verdict(c.connection, c.settings, c.sources, night_id).message)
            at_fault = night.sources_at_fault(c.connection, c.sources, night_id)
        if at_fault:
            raise AirflowFailException(", ".join(f"{source} {state}" for source, state in at_fault.items()))

    opened: Any = open_night()
    load_source.expand_kwargs(opened) >> gate(opened) >> verdict(opened)


csae_ingest()
