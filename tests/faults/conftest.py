"""One bench a process: its servers and its workers are started once, and each test finds it empty."""

from collections.abc import Iterator

import pytest

from faults.bench import Bench, bench
from faults.delivering import Delivering


@pytest.fixture(scope="session")
def running_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("faults") / "bench") as made:
        yield made


@pytest.fixture
def empty(running_bench: Bench) -> Bench:
    """A bench whose warehouse, bucket and spool folder are empty, and whose proxies break nothing."""
    running_bench.recover()
    running_bench.reset()
    return running_bench


@pytest.fixture
def deliveries(empty: Bench) -> Delivering:
    return Delivering(empty)
