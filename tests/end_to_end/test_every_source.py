"""The demo: all 45 sources, each in its own layout, over three nights give the figures of the world they tell of."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from subprocess import CompletedProcess

import pytest

from csae.settings import PROJECT_DIR
from csae.synthetic import ALL_FORCES, Plan, Truth
from csae.synthetic.deliveries import build_world
from csae.synthetic.truth import count_truth
from end_to_end.conftest import Csae
from end_to_end.national import FIGURES, distinct_suspects, figure

pytestmark = pytest.mark.end_to_end

PLAN = Plan(seed=11, crimes=4000, nights=3, first_night=date(2026, 9, 1), forces=ALL_FORCES)


@pytest.fixture(scope="module")
def nation(home: Callable[[str], Csae]) -> Csae:
    return home("every source")


@pytest.fixture(scope="module", autouse=True)
def said(nation: Csae) -> CompletedProcess[str]:
    plan = [("seed", PLAN.seed), ("crimes", PLAN.crimes), ("nights", PLAN.nights)]
    options = [word for name, value in plan for word in (f"--{name}", str(value))]
    done = nation("demo", *options, CSAE_FORCES_DIR=str(PROJECT_DIR / "forces"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Complete." in done.stdout
    return done


@pytest.fixture(scope="module")
def truth() -> Truth:
    return count_truth(build_world(PLAN))


def test_there_are_45_sources() -> None:
    assert len(ALL_FORCES) == 45


def test_the_demo_shows_the_national_table_and_what_to_try_next(said: CompletedProcess[str]) -> None:
    for line in ("Suspects by ethnic group", "How much is recorded of suspects", "All suspects", "Try next"):
        assert line in said.stdout


@pytest.mark.parametrize("name", FIGURES)
def test_a_national_figure_is_the_true_one(nation: Csae, truth: Truth, name: str) -> None:
    assert figure(nation, name) == getattr(truth, name)


def test_distinct_suspects_are_within_one_percent_of_the_truth(nation: Csae, truth: Truth) -> None:
    """A name cut to an initial or misspelt, without a number that knows it, may leave one person as two."""
    assert abs(distinct_suspects(nation) - truth.distinct_suspects) <= 0.01 * truth.distinct_suspects


def test_no_value_is_unmapped(nation: Csae) -> None:
    assert nation.rows("select force_code, column_name, value from curated.dq_unmapped_code") == []


def test_only_what_no_gate_may_let_through_is_quarantined(nation: Csae, truth: Truth) -> None:
    query = "select count(distinct (load_id, extract_name, row_number)) from ops.quarantined_row where record_kind = %s"
    assert nation.rows(query, ["crime"]) == [(truth.junk_crimes,)]
    assert nation.rows(query, ["case_review"]) == [(0,)]


def test_every_row_read_is_accounted_for(nation: Csae) -> None:
    query = "select count(*) filter (where rows_read <> rows_accounted), count(*) > 200 from curated.dq_row_accounting"
    assert nation.rows(query) == [(0, True)]


def test_reviewed_cases_by_the_status_that_they_end_in(nation: Csae, truth: Truth) -> None:
    query = """
        select distinct on (case_key) status, force_code from curated.fct_case_review
        order by case_key, status_on desc
    """
    rows = nation.rows(query)
    assert Counter(status for status, _ in rows) == truth.case_reviews
    assert Counter(force for _, force in rows) == truth.case_reviews_by_force


def test_every_change_of_a_case_is_a_row(nation: Csae, truth: Truth) -> None:
    assert nation.one("select count(*) from curated.fct_case_review") == truth.case_review_changes
