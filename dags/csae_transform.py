"""After every load: build the national tables apart from the ones in use, check them, and switch."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import Asset, Param, dag, get_current_context, task

DOC = """
### csae_transform
dbt makes a generation of the national tables in two stages, with the linking of people between them. It makes anew what
changed since the last one, or everything where the rules of reading changed. Analysts go on reading the last one until
every test has passed and no force's count has fallen by half; then one transaction switches. `verdict` closes the
night: **complete**, **complete with forces missing or rejected**, **held** or **failed**; only the first is green.

**When it is held:** the message names the force. If the fall is real, run this again with that force in
`accept_falls`. Or it says that somebody went back to an earlier generation, and how to go forward.
"""


LOADS = Asset("csae_loads")


def given_night() -> int | None:
    """The night that triggered this run, or the one it was asked for; None means the latest."""
    context: Any = get_current_context()
    nights = [event.extra["night_id"] for event in context["triggering_asset_events"].get(LOADS, [])]
    return context["params"].get("night_id") or max(nights, default=None)


@dag(
    schedule=[LOADS],
    start_date=datetime(2026, 9, 1, tzinfo=ZoneInfo("Europe/London")),
    catchup=False,
    max_active_runs=1,
    # For a worker that died in the middle: the ledger knows what it had done, so trying again is safe.
    default_args={"retries": 2, "retry_delay": timedelta(seconds=30)},
    params={
        "night_id": Param(None, type=["null", "integer"], description="The night to end; the latest when not given."),
        "accept_falls": Param([], type="array", items={"type": "string"}, description="Forces that may fall."),
    },
    tags=["csae", "nightly"],
    doc_md=DOC,
)
def csae_transform() -> None:
    @task(outlets=[Asset("csae_generation")])
    def build(params: dict[str, Any] | None = None) -> int | None:
        from csae import night
        from csae.clients import clients_of_task

        with clients_of_task() as c:
            night_id = given_night() or night.latest_night(c.connection)
            return night.build(c.connection, c.settings, c.sources, night_id, (params or {}).get("accept_falls", []))

    @task(trigger_rule="all_done")
    def verdict() -> None:
        from airflow.sdk.exceptions import AirflowFailException

        from csae import night
        from csae.clients import clients_of_task

        with clients_of_task() as c:
            night_id = given_night() or night.latest_night(c.connection)
            given = night.give_verdict(c.connection, c.settings, c.sources, night_id)
        if given.verdict != "complete":
            raise AirflowFailException(given.message)

    build() >> verdict()


csae_transform()
