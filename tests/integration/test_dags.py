"""What Airflow needs of `dags/` and `plugins/`: quick to read, light, and out of the standard library's way."""

import json
import subprocess
import sys
from typing import Any

import pytest

from csae.settings import PROJECT_DIR

READ_DAGS = """
import json, sys, time, importlib.util
import airflow.sdk
from airflow.sdk import Asset, CronTriggerTimetable, Param, dag, get_current_context, task
started = time.perf_counter()
found = {}
for path in sys.argv[1:]:
    spec = importlib.util.spec_from_file_location("read_dag", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = getattr(module, spec.loader.path.rpartition("/")[2].removesuffix(".py"))()
    found[made.dag_id] = sorted(made.task_ids)
seconds = time.perf_counter() - started
heavy = sorted({name.partition(".")[0] for name in sys.modules} & {"great_expectations", "dbt", "polars", "lxml"})
print(json.dumps({"seconds": seconds, "heavy": heavy, "dags": found}))
"""

LOAD_PLUGINS = """
import csv, json, sys
from airflow import plugins_manager
for name in ("ensure_plugins_loaded", "_get_plugins", "get_plugins"):
    load = getattr(plugins_manager, name, None)
    if load:
        load()
        break
else:
    raise SystemExit("Airflow has another way to load plugins now; mend this test")
ours = sorted(n for n, m in sys.modules.items() if "/plugins/csae/" in str(getattr(m, "__file__", "")))
print(json.dumps({"csv": csv.__file__, "ours": ours}))
"""


def run(code: str, *arguments: str, **environment: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        env={"PATH": "/usr/bin:/bin", "AIRFLOW__CORE__LOAD_EXAMPLES": "False", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def dags(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    paths = [str(path) for path in sorted((PROJECT_DIR / "dags").glob("*.py"))]
    return run(READ_DAGS, *paths, AIRFLOW_HOME=str(tmp_path_factory.mktemp("airflow")))


def test_the_dags_and_their_tasks(dags: dict[str, Any]) -> None:
    assert dags["dags"] == {
        "csae_ingest": ["gate", "load_source", "open_night", "verdict"],
        "csae_transform": ["build", "verdict"],
    }


def test_reading_the_dags_takes_less_than_two_seconds(dags: dict[str, Any]) -> None:
    assert dags["seconds"] < 2


def test_reading_the_dags_loads_neither_gx_nor_dbt_nor_a_parser(dags: dict[str, Any]) -> None:
    assert dags["heavy"] == []


def test_the_plugin_loader_leaves_the_package_and_the_standard_library_alone(tmp_path_factory: Any) -> None:
    loaded = run(
        LOAD_PLUGINS,
        AIRFLOW_HOME=str(tmp_path_factory.mktemp("airflow")),
        AIRFLOW__CORE__PLUGINS_FOLDER=str(PROJECT_DIR / "plugins"),
    )
    assert loaded["ours"] == []
    assert "/plugins/" not in loaded["csv"]


def test_nothing_in_dags_or_plugins_is_taken_by_dbt_for_a_plugin_of_its_own() -> None:
    names = [path.name for folder in ("dags", "plugins") for path in (PROJECT_DIR / folder).iterdir()]
    assert [name for name in names if name.startswith("dbt_")] == []
