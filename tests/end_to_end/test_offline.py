"""The whole run where no network is. What it loads is what the other tests of the samples read."""

import os

import pytest

from end_to_end.conftest import FirstRun
from end_to_end.offline import offline, why_not

pytestmark = pytest.mark.end_to_end


def test_a_namespace_reaches_nothing_outside() -> None:
    if why := why_not():
        pytest.skip(why)
    done = offline("ip -oneline route show table main; ip -oneline link show up | wc -l", os.environ)
    assert done.stdout.split() == ["1"], "one device, loopback, and no route"


def test_the_samples_are_loaded_built_and_read_without_a_network(first_run: FirstRun) -> None:
    if why := why_not():
        pytest.skip(why)
    assert first_run.done.returncode == 0, first_run.done.stderr
    assert "\ncrimes\n887\n" in first_run.done.stdout.replace("\r", "")
