"""How far dbt is, told from its own events."""

import json
import os
from collections.abc import Callable

import pytest
from dbt.adapters.events.types import NewConnection
from dbt.events.types import LogModelResult, LogNodeNoOpResult, LogSeedResult, LogTestResult, RunResultError
from dbt_common.events.base_types import BaseEvent, msg_from_base_event

from csae.running_dbt import _follow


def told(event: BaseEvent) -> str:
    read, write = os.pipe()
    _follow(msg_from_base_event(event), write)
    os.close(write)
    with os.fdopen(read) as lines:
        return lines.read()


@pytest.mark.parametrize("kind", [LogModelResult, LogSeedResult, LogNodeNoOpResult])
def test_a_node_that_ended_is_so_many_of_so_many(kind: Callable[..., BaseEvent]) -> None:
    assert json.loads(told(kind(status="success", index=3, total=90))) == [3, 90]


def test_a_test_that_ended_is_too() -> None:
    assert json.loads(told(LogTestResult(name="a", status="pass", index=4, num_models=90))) == [4, 90]


@pytest.mark.parametrize("event", [NewConnection(conn_name="a", conn_type="b"), RunResultError(msg="broken")])
def test_other_events_say_nothing(event: BaseEvent) -> None:
    assert told(event) == ""
