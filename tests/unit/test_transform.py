"""How far dbt is, told from the events that it writes."""

import json

import pytest

from csae.transform import _follow


def told(line: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    _follow(line, lambda done, total: found.append((done, total)))
    return found


@pytest.mark.parametrize(
    ("name", "data"),
    [("LogModelResult", {"index": 3, "total": 90}), ("LogTestResult", {"index": 3, "num_models": 90})],
)
def test_a_node_that_ended_is_so_many_of_so_many(name: str, data: dict[str, int]) -> None:
    assert told(json.dumps({"info": {"name": name}, "data": data})) == [(3, 90)]


@pytest.mark.parametrize("line", ["", "no JSON", json.dumps({"info": {"name": "MainReportVersion"}, "data": {}})])
def test_other_lines_say_nothing(line: str) -> None:
    assert told(line) == []
