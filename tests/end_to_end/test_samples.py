"""Three forces' deliveries over three nights give exactly the national counts that are known to be true."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import Any

import pytest

from csae.pseudonyms import normalise_reference, read_keys, token
from end_to_end.conftest import Csae
from end_to_end.national import FIGURES, distinct_suspects, figure

pytestmark = pytest.mark.end_to_end


@pytest.mark.parametrize("name", FIGURES)
def test_a_national_figure_is_the_true_one(loaded: Csae, truth: dict[str, Any], name: str) -> None:
    assert figure(loaded, name) == truth[name]


def test_the_crimes_are_887(loaded: Csae) -> None:
    assert figure(loaded, "crimes") == 887


def test_counts_on_the_crimes_are_those_of_the_people(loaded: Csae, truth: dict[str, Any]) -> None:
    sums = loaded.rows("select sum(suspect_count), sum(victim_count) from curated.fct_offence_type")
    assert sums == [(truth["suspect_involvements"], truth["victim_involvements"])]


def test_three_crimes_a_force_are_quarantined_for_three_reasons(loaded: Csae) -> None:
    query = """
        select l.source, q.reason_code, count(*) from ops.quarantined_row as q
        join ops.load as l using (load_id) where q.record_kind = 'crime' group by 1, 2 order by 1, 2
    """
    reasons = ("crime_reference_missing", "recorded_date_after_delivery", "recorded_date_not_a_day")
    assert loaded.rows(query) == [(force, reason, 1) for force in ("06", "13", "14") for reason in reasons]


def test_their_people_are_quarantined_with_them(loaded: Csae) -> None:
    query = """
        select l.source, count(distinct (q.extract_name, q.row_number)) from ops.quarantined_row as q
        join ops.load as l using (load_id) where q.record_kind = 'involvement' group by 1
    """
    assert loaded.counts(query) == {"06": 3, "13": 3, "14": 3}


def test_transferred_and_withdrawn_crimes_have_their_own_fate(loaded: Csae, truth: dict[str, Any]) -> None:
    query = """
        select sum(rows_transferred)::int, sum(rows_withdrawn)::int
        from curated.dq_row_accounting where record_kind = 'crime'
    """
    assert loaded.rows(query) == [(truth["transferred"], truth["withdrawn"])]


def test_every_row_read_is_accounted_for(loaded: Csae) -> None:
    query = "select count(*), count(*) filter (where rows_read = rows_accounted) from curated.dq_row_accounting"
    assert loaded.rows(query) == [(18, 18)]


def test_running_again_changes_nothing_and_says_so_of_every_source_as_json(loaded: Csae) -> None:
    before = _everything(loaded)
    done = loaded("run", "--json")
    assert done.returncode == 0, done.stderr
    assert _everything(loaded) == before
    night = json.loads(done.stdout)
    assert (night["verdict"], night["exit_code"], night["message"]) == ("complete", 0, "Complete.")
    assert [(line["source"], line["state"], line["crimes_quarantined"]) for line in night["sources"]] == [
        ("06", "unchanged", 3),
        ("13", "unchanged", 3),
        ("14", "unchanged", 3),
    ]


def test_distinct_suspects_are_as_many_as_there_truly_are(loaded: Csae, truth: dict[str, Any]) -> None:
    assert distinct_suspects(loaded) == truth["distinct_suspects"]


def test_suspects_are_linked_across_crimes_as_they_truly_are(loaded: Csae, truth: dict[str, Any]) -> None:
    """Of every two crimes, how many suspects are on both."""
    keys = read_keys(loaded.home / "secrets" / "pseudonym.key")
    true: defaultdict[Any, set[str]] = defaultdict(set)
    for _, reference, person in truth["links"]:
        true[person].add(token(keys, "crime reference", normalise_reference(reference)))
    found: defaultdict[Any, set[str]] = defaultdict(set)
    for person, crime in loaded.rows(
        """
        select e.person_key, o.crime_ref_token from curated.fct_ethnicity as e
        inner join curated.fct_offence_type as o using (crime_key) where e.role = 'suspect'
        """
    ):
        found[person].add(crime)
    shared_truly, shared = _shared(true.values()), _shared(found.values())
    right = (shared_truly & shared).total()
    precision, recall = right / shared.total(), right / shared_truly.total()
    assert 2 * precision * recall / (precision + recall) >= 0.99


def _shared(people: Iterable[set[str]]) -> Counter[tuple[str, str]]:
    return Counter(pair for crimes in people for pair in combinations(sorted(crimes), 2))


def _everything(csae: Csae) -> list[tuple[Any, ...]]:
    """Every curated table, the ledger and the generations, as text."""
    tables = csae.rows("select table_name from information_schema.views where table_schema = 'curated' order by 1")
    queries = [f"select '{name}', t::text from curated.{name} as t" for (name,) in tables]
    queries += [f"select '{name}', t::text from {name} as t" for name in ("ops.load", "ops.generation", "raw.crime")]
    return sorted(row for query in queries for row in csae.rows(query))
