"""What tests of every kind share, and how their files are dealt out to processes."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# The same examples on every machine and every day; time is the test run's concern, not an example's.
settings.register_profile(
    "csae", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("csae")

LONGEST_FIRST = (
    "test_samples.py",
    "test_bad_input.py",
    "test_every_source.py",
    "test_cases_of_whole_nights.py",
    "test_decoding.py",
    "test_incremental.py",
    "test_generation_changes.py",
    "test_transfers.py",
    "test_adding_a_force.py",
    "test_permutations.py",
    "test_linkage.py",
    "test_local_stack.py",
)
"""Files of a minute and more, begun before the others so that no process ends long after the rest."""
ONE_HOME = ("test_nights.py", "test_dbt_project.py", "test_no_leak.py", "test_offline.py")
"""Files that read what `test_samples.py` loads: one process has them all, so that it is loaded once."""


class _ByFile(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        path = Path(file)
        return str(path.with_name(LONGEST_FIRST[0])) if path.name in ONE_HOME else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _ByFile | None:
    if config.getvalue("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return _ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    ranks = {name: rank for rank, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))
