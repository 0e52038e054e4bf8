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


def test_every_question_of_the_guide_is_asked_once_and_has_a_name(benchmark) -> None:
    questions = benchmark.questions()
    assert len(questions) == 20
    assert len({name for name, _ in questions}) == 20
    assert all(text.startswith(f"-- {name}\n") for name, text in questions)


def test_a_figure_that_is_not_reached_stands_out(benchmark) -> None:
    assert benchmark.within(1.3, 1.3) == ("at most 1.3", "yes")
    assert benchmark.within(1.31, 1.3) == ("at most 1.3", "**no**")
    assert benchmark.spread([3.0, 1.0, 2.0]) == "2.0 (1.0 to 3.0)"
