"""From what was decided to the generation that analysts see: built, checked against its bounds, and switched to."""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress

from csae import generations, inputs, linkage, progress, transform
from csae.code_sets import read_code_sets
from csae.failures import safe_message
from csae.force_forms import write_force_forms
from csae.roles import granting
from csae.settings import Settings
from csae.sources import LoadedSource
from csae.transform import Build, BuildError
from csae.warehouse import Connection, ServiceAwayError, step_error


def build(
    connection: Connection,
    settings: Settings,
    sources: Mapping[str, LoadedSource],
    night_id: int,
    accepted_falls: Collection[str],
) -> int | None:
    """The number of the generation that was built, or None when nothing has changed since the newest.

    After a rollback analysts keep what was gone back to until there is something new to build from. Raises `StepError`
    after closing the generation as `failed`; one that breaks a bound, or that somebody could see who should not, is
    closed as `held`.
    """
    project_dir = settings.project_dir / "dbt_project"
    sha256 = generations.input_sha256(connection, sources, project_dir)
    newest = generations.newest(connection)
    if newest and newest.input_sha256 == sha256:
        with suppress(granting.RightsError):  # the verdict says so
            granting.settle(connection)
        return None
    rules = generations.rules_sha256(sources, project_dir)
    full = generations.needs_full(connection, rules)
    all_tested = full or generations.tests_are_due(connection)
    generation_id = generations.open_generation(
        connection, night_id, sha256, rules=rules, full=full, all_tested=all_tested
    )
    try:
        result = make(connection, settings, sources, generation_id, full=full, all_tested=all_tested)
        if result.faults:
            raise BuildError(_faults(result, settings))
        falls = [fall for fall in generations.falls(connection) if fall.force_code not in accepted_falls]
        if falls:
            generations.close(connection, generation_id, "held", _held(falls))
            return generation_id
        granting.settle(connection)
        with connection.transaction():
            inputs.keep(connection, generation_id, settings)
            generations.switch(connection, generation_id)
    except granting.RightsError as error:
        generations.close(connection, generation_id, "held", f"{error}. Analysts keep the last generation.")
    except Exception as error:
        message = safe_message(error)
        if not connection.closed:
            generations.close(connection, generation_id, "failed", message)
        raise step_error(error, message) from None
    return generation_id


def make(
    connection: Connection,
    settings: Settings,
    sources: Mapping[str, LoadedSource],
    generation_id: int,
    *,
    full: bool,
    all_tested: bool = False,
) -> Build:
    """The built state of a generation, with every data test: dbt, the linking of people, and dbt again.

    `full` makes all of it anew; else only what was decided since the newest generation, and whom that links otherwise.
    Then the tests read only what was made anew, unless they are asked for `all_tested`. Raises `BuildError`, and
    `csae.linkage.model.ModelError`.
    """
    if settings.warehouse_url is None:
        raise ServiceAwayError("No warehouse is set; set CSAE_WAREHOUSE_URL.")
    project_dir = settings.project_dir / "dbt_project"
    with transform.dbt(settings.warehouse_url, project_dir, settings.home_dir / "dbt") as dbt:
        codes = read_code_sets(project_dir / "seeds")
        write_force_forms(connection, codes)
        transform.write_reference(connection, sources)
        transform.write_suggestions(connection, sources, codes, full=full)
        records = dbt.build("before_linkage", full=full, progress=_bar("Reading crimes and people"))
        if records.faults:
            return records
        told = _bar("Linking people")
        told(0, 1)
        linkage.link(connection, settings.home_dir / "linkage", generation_id=generation_id, full=full)
        told(1, 1)
        tables = dbt.build(
            "after_linkage", full=full, all_tested=all_tested, progress=_bar("Building the national tables")
        )
    return Build(records.passed + tables.passed, tables.faults, records.seconds + tables.seconds)


def _bar(step: str) -> Callable[[int, int], None]:
    return lambda done, total: progress.report(step, done, total)


def _faults(result: Build, settings: Settings) -> str:
    listed = ", ".join(name.partition(".")[2] for name in result.faults[:5])
    log = settings.home_dir / "dbt" / "logs" / "dbt.log"
    return f"{len(result.faults)} dbt models or tests failed ({listed}); {log} says why."


def _held(falls: Collection[generations.Fall]) -> str:
    return (
        f"{'; '.join(map(str, falls))}. Analysts keep the last generation. If the fall is real, run csae run "
        f"--accept-fall {next(iter(falls)).force_code}, or csae_transform in Airflow with that force in accept_falls."
    )
