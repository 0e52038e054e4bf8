"""What a text names a force in SQL, at the gate and in dbt, is what it names in Python."""

import csv
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from csae import warehouse
from csae.code_sets import read_code_sets
from csae.force_forms import write_force_forms
from csae.local_stack import Stack
from csae.settings import PROJECT_DIR
from csae.warehouse import Connection

SEEDS = PROJECT_DIR / "dbt_project" / "seeds"
CODES = read_code_sets(SEEDS)
with (SEEDS / "force_wording.csv").open(encoding="utf-8", newline="") as stream:
    WORDINGS = [row["wording"] for row in csv.DictReader(stream)]
FORCES = CODES.seeds.sets["transfer_force"]
WORDS = sorted({word for wording in WORDINGS for word in wording.split()} | {*FORCES.stands_for})
LETTERS = "".join(map(chr, [*range(0x20, 0x7F), *range(0xC0, 0x180), 0x2019, 0x0301, 0xFB01, 0x2014]))


@pytest.fixture(scope="module")
def connection(shared: Stack) -> Iterator[Connection]:
    with warehouse.connect(SecretStr(shared.warehouse_url), autocommit=True) as open_connection:
        warehouse.prepare(open_connection)
        write_force_forms(open_connection, CODES)
        yield open_connection


def in_sql(connection: Connection, values: list[str]) -> dict[str, str | None]:
    query = "select t.value, reference.force_code(t.value) from unnest(%s::text[]) as t (value)"
    return dict(connection.execute(query, [values]).fetchall())


def in_python(values: list[str]) -> Mapping[str, str | None]:
    return {value: CODES.decode("transfer_force", value) for value in values}


def test_every_listed_wording_and_its_variants_name_the_same_force(connection: Connection) -> None:
    variants = [
        variant
        for wording in WORDINGS
        for variant in (wording, wording.lower(), f"  {wording} Constabulary. ", " ".join(reversed(wording.split())))
    ]
    found = in_sql(connection, variants)
    assert found == in_python(variants)
    assert len([wording for wording in WORDINGS if found[wording] is None]) == 19
    assert {code for code in found.values() if code} == {item.code for item in FORCES.codes}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(LETTERS, max_size=20), max_size=10),
    st.lists(st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join), max_size=10),
)
def test_any_other_text_does_too(connection: Connection, texts: list[str], phrases: list[str]) -> None:
    assert in_sql(connection, [*texts, *phrases]) == in_python([*texts, *phrases])


def with_a_letter_wrong(word: str) -> Iterator[str]:
    """A letter too few, one twice, another one, two that changed places."""
    for at in range(1, len(word)):
        yield word[:at] + word[at + 1 :]
        yield word[:at] + word[at] + word[at:]
        yield word[:at] + "X" + word[at + 1 :]
        yield word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]


def test_a_letter_wrong_is_read_alike_and_never_as_another_force(connection: Connection) -> None:
    names = {row.label: row.code for row in FORCES.codes}
    slips = {
        name.replace(word, slip): code
        for name, code in names.items()
        for word in name.split()
        for slip in with_a_letter_wrong(word)
    }
    found = in_sql(connection, [*slips])
    assert found == in_python([*slips])
    wrong = {slip: code for slip, code in found.items() if code not in (None, slips[slip])}
    assert wrong == {}
    assert sum(code is not None for code in found.values()) > len(slips) * 0.7
    assert in_sql(connection, ["Herfordshire", "Yorkshre", "Lanarkshire", "Devon &amp; Cornawll"]) == {
        "Herfordshire": None,
        "Yorkshre": None,
        "Lanarkshire": None,
        "Devon &amp; Cornawll": "50",
    }


def test_nothing_is_read_from_nothing(connection: Connection) -> None:
    assert connection.execute("select reference.force_code(null)").fetchone() == (None,)
    assert in_sql(connection, ["", " - "]) == {"": None, " - ": None}


def test_writing_again_replaces_what_was_and_two_at_once_do_not_meet(connection: Connection, shared: Stack) -> None:
    def write(_: int) -> None:
        with warehouse.connect(SecretStr(shared.warehouse_url), autocommit=True) as own:
            write_force_forms(own, CODES)

    connection.execute("insert into reference.force_form values ('wording', 'TESTSHIRE', '06')")
    assert in_sql(connection, ["Testshire"]) == {"Testshire": "06"}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(8)))
    assert in_sql(connection, ["Testshire", "06"]) == {"Testshire": None, "06": "06"}


def test_a_warehouse_made_before_the_forms_is_given_them(connection: Connection) -> None:
    """Its view read a code and nothing else; `prepare` puts the one of today in its place."""
    connection.execute("drop function reference.force_code cascade")
    connection.execute("drop table reference.force_form, reference.force_word, reference.force_spelling")
    connection.execute(
        """
        create view ops.case_review_at_gate as
        select
            load_id, extract_name, row_number, case_ref_token, regexp_replace(force, '^\\d$', '0\\&') as force_code,
            identified_on, true as identified_on_is_a_date, true as identified_on_is_by_delivery, status,
            true as status_on_is_a_date, true as status_on_is_between_identified_and_delivered, is_group_based
        from raw.case_review
        """
    )
    warehouse.prepare(connection)
    write_force_forms(connection, CODES)
    assert in_sql(connection, ["Gwent"]) == {"Gwent": "61"}
    definition = connection.execute("select pg_get_viewdef('ops.case_review_at_gate'::regclass)").fetchone()
    assert definition is not None
    assert "reference.force_code" in definition[0]
