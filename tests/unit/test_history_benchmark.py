"""The benchmark of history asks what the guide asks, and says plainly what it did not reach."""

import sys
from importlib import import_module

import pytest

from csae.settings import PROJECT_DIR


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.syspath_prepend(str(PROJECT_DIR / "benchmarks"))
    yield import_module("history_report")
    for name in [name for name in sys.modules if name.startswith("history_")]:
        del sys.modules[name]
    sys.modules.pop("figures", None)


def test_every_question_of_the_guide_is_asked_once_and_has_a_name(benchmark) -> None:
    questions = benchmark.questions()
    assert len(questions) == 20
    assert len({name for name, _ in questions}) == 20
    assert all(text.startswith(f"-- {name}\n") for name, text in questions)


def test_the_name_of_a_history_is_in_years_where_there_are_some(benchmark) -> None:
    assert [benchmark.named(days) for days in (60, 365, 1460, 3618)] == ["60 days", "1 year", "4 years", "10 years"]


def test_a_figure_that_is_not_reached_stands_out_with_its_reason(benchmark) -> None:
    reached = benchmark.Figure("a night", (1.2, 1.3, 1.4), "times", 1.3, why="tests")
    missed = benchmark.Figure("a night", (1.31,), "times", 1.3, why="tests")
    assert reached.row() == ("a night", "1.30 times (1.20 to 1.40)", "3", "at most 1.30 times", "yes")
    assert missed.row() == ("a night", "1.31 times", "1", "at most 1.30 times", "**no** tests")
    assert benchmark.spread([3.0, 1.0, 2.0]) == "2.0 (1.0 to 3.0)"
