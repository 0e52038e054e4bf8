"""`csae why` on a small country: every kind of key, in both directions, and nothing personal in any answer.

Real PostgreSQL, real S3, the real gate and dbt; Airflow is left out.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from csae import generations, warehouse
from csae.cli import app
from csae.failures import StepError, safe_message
from csae.keys.in_use import OtherKeyError
from csae.local_stack import Stack
from integration.nights import Warehouse, new_key
from integration.traced import PERSONAL, TOKENS, keys_of_everything, new_country


@pytest.fixture(scope="module")
def country(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return new_country(shared, tmp_path_factory.mktemp("why"))


@pytest.fixture
def run(country: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("CSAE_WAREHOUSE_URL", country.url.get_secret_value())
    monkeypatch.setenv("CSAE_S3_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("CSAE_FORCES_DIR", str(country.settings.sources_dir))
    monkeypatch.setenv("CSAE_PSEUDONYM_KEY_FILE", str(country.settings.pseudonym_key_file))

    monkeypatch.setenv("CSAE_HOME", str(country.settings.home_dir))

    def asked(*arguments: str, of: Sequence[str] = ("why",)) -> Result:
        return CliRunner().invoke(app, [*of, *arguments])

    return asked


@pytest.fixture
def why(run: Callable[..., Result]) -> Callable[[str], dict[str, Any]]:
    def told(key: str) -> dict[str, Any]:
        done = run(key, "--json")
        assert done.exit_code == 0, done.output
        return dict(json.loads(done.output))

    return told


@pytest.fixture(scope="module")
def load_of(country: Warehouse) -> Callable[[str, str, int], int]:
    def number(source: str, day: str, correction: int = 0) -> int:
        query = "select load_id from ops.load where source = %s and delivery_on = %s and correction_number = %s"
        ((load_id,),) = country.rows(query, [source, day, correction])
        return int(load_id)

    return number


Why = Callable[[str], dict[str, Any]]


def versions(story: dict[str, Any]) -> list[tuple[str, int, str]]:
    return [(item["delivery"]["delivery_on"], item["place"]["row_number"], item["fate"]) for item in story["versions"]]


def test_a_crime_by_its_reference_tells_of_every_row_and_which_stands(why: Why) -> None:
    story = why("13/ZQREF-A")
    assert (story["kind"], story["force_code"], story["says"]) == (
        "crime",
        "13",
        "Counted once, for force 13, by the row that stands.",
    )
    assert versions(story) == [("2026-09-01", 3, "current"), ("2026-09-01", 2, "duplicate")]
    assert [item["stands"] for item in story["versions"]] == [True, False]
    assert story["versions"][0]["place"]["object_keys"] == ["13/2026-09-01/crimes.csv"]
    assert story["versions"][1]["why"] == "Row 3 of the same delivery tells of the crime again; the last row counts."
    assert why(story["crime_key"]) == why(story["crime_key"][:12]) == story


def test_a_reference_under_another_key_than_the_warehouses_is_told_and_all_else_is_found(
    run: Callable[..., Result], why: Why, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crime = why("13/ZQREF-A")["crime_key"]
    monkeypatch.setenv("CSAE_PSEUDONYM_KEY_FILE", str(new_key(tmp_path, "other.key")))
    refused = run("13/ZQREF-A")
    assert isinstance(refused.exception, OtherKeyError)
    assert "so it finds none of them: put the file of that key back" in safe_message(refused.exception)
    assert why(crime)["crime_key"] == crime


def test_a_crime_tells_what_each_column_was_read_from_and_decoded_to(why: Why) -> None:
    story = why("13/ZQREF-A")
    columns = {item["column"]: item for item in story["columns"]}
    assert columns["record_status"]["ways"] == [
        [{"function": "from", "says": "Status"}, {"function": "map", "says": "L -> live"}]
    ]
    assert columns["recorded_on"]["ways"] == [
        [{"function": "from", "says": "Recorded"}, {"function": "date", "says": "dd/mm/yyyy"}]
    ]
    (code,) = columns["home_office_code"]["values"]
    assert (code["value"], code["code"], code["rule"], code["rows"]) == ("019/16", "019/16", "code", 1)
    assert story["published"]["home_office_code"] == "019/16"
    assert {item["definition"]: item["counts"] for item in story["definitions"]} == {
        name.removeprefix("is_in_"): value for name, value in story["published"].items() if name.startswith("is_in_")
    }


def test_a_crime_tells_of_its_people_and_who_was_said_twice(why: Why) -> None:
    story = why("13/ZQREF-A")
    assert [(item["place"], item["row"]["role"], item["row"]["fate"]) for item in story["people"]] == [
        (1, "suspect", "current"),
        (2, "suspect", "duplicate"),
        (3, "victim", "current"),
    ]
    assert story["people"][1]["row"]["kept_involvement_key"] == story["people"][0]["row"]["involvement_key"]
    assert story["people"][1]["why"].startswith("The same person as person 1 of the crime, which is counted: the same")
    assert story["published"]["suspect_count"] == 1


def test_a_transferred_crime_tells_who_counts_it(why: Why) -> None:
    sent, taken = why("13/ZQREF-B"), why("14/ZQREF-X")
    assert sent["says"] == "Not counted for force 13, which handed it over."
    assert sent["versions"][0]["why"].endswith(f"counts it as {taken['crime_key']}.")
    assert [item["said"]["is_confirmed"] for item in sent["transfers"] + taken["transfers"]] == [True, True]
    for story, other, counts in ((sent, taken, True), (taken, sent, False)):
        assert [(item["crime_key"], item["counts"]) for item in story["partners"]] == [(other["crime_key"], counts)]


@pytest.mark.parametrize(
    ("key", "rows", "reason"),
    [
        ("13/ZQREF-C", [("2026-09-01", 5, "withdrawn")], "The force says that the crime is cancelled."),
        ("03/ZQREF-Q", [("2026-09-01", 3, "withdrawn")], "does not list this one."),
        ("14/ZQREF-Y", [("2026-09-01", 3, "superseded")], "corrects the delivery of the same day"),
    ],
)
def test_a_crime_that_does_not_count_tells_why(why: Why, key: str, rows: list[Any], reason: str) -> None:
    story = why(key)
    assert versions(story) == rows
    assert reason in story["versions"][0]["why"]
    assert story["published"] == {}


def test_a_crime_that_was_told_again_tells_by_which_load(why: Why, load_of: Callable[..., int]) -> None:
    story = why("13/ZQREF-E")
    assert versions(story) == [("2026-09-02", 2, "current"), ("2026-09-01", 8, "superseded")]
    assert story["versions"][1]["why"] == f"Load {load_of('13', '2026-09-02')} of 2026-09-02 tells of the crime again."
    assert (len(story["people"]), story["earlier_people"]) == (1, 1)


def test_a_crime_that_no_build_has_seen_is_found_by_its_reference(why: Why) -> None:
    story = why("13/ZQREF-N")
    assert (story["versions"], [item["fate"] for item in story["held_back"]]) == ([], ["waiting"])
    assert story["held_back"][0]["why"] == "The load is accepted and waits for the next build; csae run makes it."


def test_a_person_on_a_crime_tells_of_values_and_of_the_rows_that_count_them(why: Why) -> None:
    crime = why("13/ZQREF-A")["crime_key"]
    story = why(f"{crime}:1")
    assert (story["kind"], story["place"]["row_number"], story["place_on_crime"]) == ("involvement", 2, 1)
    columns = {item["column"]: item for item in story["columns"]}
    assert [value["code"] for value in columns["nationalities"]["values"]] == ["GBR", "ROU"]
    assert columns["self_defined_ethnicity"]["values"][0]["label"] == "White British"
    assert [len(rows) for rows in story["published"].values()] == [1, 2]
    assert why(story["person"]["involvement_key"]) == story


def test_what_nothing_knows_is_not_shown(why: Why) -> None:
    story = why(f"{why('13/ZQREF-D')['crime_key']}:1")
    columns = {item["column"]: item["values"] for item in story["columns"]}
    for column in ("self_defined_ethnicity", "nationalities"):
        assert [(item["value"], item["code"], item["rule"]) for item in columns[column]] == [
            ("[not shown]", None, "not_known")
        ]


def test_a_person_tells_of_every_crime(why: Why, country: Warehouse) -> None:
    person_key = why(f"{why('13/ZQREF-A')['crime_key']}:1")["person"]["person_key"]
    story = why(person_key)
    ((crimes,),) = country.rows(
        "select count(distinct crime_key) from curated.fct_ethnicity where person_key = %s", [person_key]
    )
    assert (story["kind"], story["crimes"]) == ("person", crimes)
    assert crimes == 3  # A, E, and X, which force 14 took over
    assert {item["fate"] for item in story["involvements"]} >= {"current", "transferred"}
    mine = {item["person_record_key"] for item in story["records"]}
    assert {item["person_record_key"] for item in story["involvements"]} <= mine
    assert all({edge["record_key_l"], edge["record_key_r"]} <= mine for edge in story["edges"])
    assert why(next(iter(mine)))["person_key"] == person_key


def test_person_show_takes_each_weight_of_that_story_apart(
    why: Why, run: Callable[..., Result], country: Warehouse
) -> None:
    story = why(f"{why('13/ZQREF-A')['crime_key']}:1")
    record_key, of = story["person"]["person_record_key"], ("person", "show")
    shown = json.loads(run(record_key, "--json", of=of).stdout)
    told = why(shown["person_key"])
    assert [item.items() >= record.items() for item, record in zip(shown["records"], told["records"], strict=True)]
    assert len(shown["pairs"]) == len(told["edges"] + told["outside"]) > 0
    # E was sent twice and X was corrected, and each is a crime of the person once; B is at force 14 now, as X.
    crimes = {why(reference)["crime_key"] for reference in ("13/ZQREF-A", "13/ZQREF-B", "13/ZQREF-E", "14/ZQREF-X")}
    listed = [tuple(on.values()) for item in shown["records"] for on in item["crimes"]]
    assert {crime_key for crime_key, *_ in listed} == crimes
    assert all(pair["levels"]["date of birth"] == "the same" for pair in shown["pairs"])
    text = run(shown["person_key"], of=of).output
    assert (told["records"][0]["first_seen_on"] in text, "one person" in text) == (True, True)
    assert not [value for value in PERSONAL if value in text]
    with warehouse.connect(country.url, autocommit=True) as connection:
        connection.execute("update linkage.record set model_version = 'person_2020_01_01'")
        unlike = json.loads(run(record_key, "--json", of=of).stdout)
        connection.execute("update linkage.record set model_version = %s", [shown["pairs"][0]["model_version"]])
    assert [pair["levels"] for pair in unlike["pairs"]] == [{} for _ in shown["pairs"]]


@pytest.mark.parametrize(
    ("source", "day", "correction", "place", "fate", "told"),
    [
        ("13", "2026-09-01", 0, "crimes:3", "current", "It stands"),
        ("13", "2026-09-01", 0, "crimes:2", "duplicate", "Row 3 of the same delivery"),
        ("13", "2026-09-01", 0, "crimes:4", "transferred", "The force handed the crime over"),
        ("13", "2026-09-01", 0, "crimes:5", "withdrawn", "cancelled"),
        ("13", "2026-09-01", 0, "crimes:6", "quarantined", "The gate holds the row back."),
        ("13", "2026-09-01", 0, "crimes:8", "superseded", "tells of the crime again"),
        ("13", "2026-09-01", 0, "people:3", "duplicate", "The same person as"),
        ("13", "2026-09-01", 0, "people:7", "quarantined", "The gate holds the row back."),
        ("14", "2026-09-01", 0, "crimes:2", "superseded", "corrects the delivery"),
        ("14", "2026-09-02", 0, "crimes:2", "quarantined", "The whole load was not accepted"),
        ("03", "2026-09-01", 0, "crimes:3", "withdrawn", "does not list this one"),
        ("13", "2026-09-05", 0, "crimes:2", None, "waits for the next build"),
    ],
)
def test_a_row_tells_what_became_of_it(
    why: Why,
    load_of: Callable[..., int],
    source: str,
    day: str,
    correction: int,
    place: str,
    fate: str | None,
    told: str,
) -> None:
    story = why(f"{load_of(source, day, correction)}:{place}")
    (record,) = story["records"]
    assert (record["fate"], told in record["why"]) == (fate, True), record["why"]


def test_a_row_that_is_held_back_tells_the_rule_and_what_the_force_should_do(
    why: Why, load_of: Callable[..., int]
) -> None:
    (record,) = why(f"{load_of('13', '2026-09-01')}:crimes:6")["records"]
    (reason,) = record["reasons"]
    assert (reason["code"], reason["column"], reason["who"]) == ("crime_reference_missing", "crime_ref", "force")
    assert reason["meaning"].startswith("There is no crime reference")
    assert reason["what_to_do"] == "Send the record with its crime reference."


def test_a_row_tells_what_rests_on_it_or_on_which_row_instead(why: Why, load_of: Callable[..., int]) -> None:
    load_id = load_of("13", "2026-09-01")
    (person,) = why(f"{load_id}:people:2")["records"]
    assert person["feeds"] == {"fct_ethnicity": 1, "fct_nationality": 2}
    (crime,) = why(f"{load_id}:crimes:3")["records"]
    assert (crime["feeds"], crime["stands_instead"]) == ({"fct_offence_type": 1}, None)
    (older,) = why(f"{load_id}:crimes:8")["records"]
    instead = older["stands_instead"]
    assert (older["feeds"], instead["load_id"], instead["row_number"]) == ({}, load_of("13", "2026-09-02"), 2)


def test_a_file_tells_the_fate_of_all_its_rows(why: Why) -> None:
    (load,) = why("13/2026-09-01/crimes.csv")["loads"]
    assert {(item["fate"], item["rows"]) for item in load["fates"]} == {
        ("current", 2),
        ("duplicate", 1),
        ("transferred", 1),
        ("withdrawn", 1),
        ("quarantined", 1),
        ("superseded", 1),
    }
    assert load["says"] == "Every one of its 7 records has one fate."


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("14/2026-09-02/crimes.csv", "The whole load was not accepted"),
        ("14/2026-09-01/crimes.csv", "corrects the delivery of the same day"),
        ("03/2026-09-03/crimes.csv", "The same content as load"),
        ("13/2026-09-05/crimes.csv", "waits for the next build"),
    ],
)
def test_a_file_that_counts_for_nothing_tells_why(why: Why, key: str, says: str) -> None:
    assert says in why(key)["loads"][0]["says"]


def test_a_case_under_review_tells_of_every_row(why: Why, load_of: Callable[..., int]) -> None:
    story = why("91/ZQREF-K")
    assert (story["kind"], story["source"], len(story["published"])) == ("case", "91", 2)
    assert versions(story) == [
        ("2026-09-07", 2, "current"),
        ("2026-08-31", 3, "superseded"),
        ("2026-08-31", 2, "current"),
    ]
    assert why(story["case_key"]) == story
    (older,) = why(f"{load_of('91', '2026-08-31')}:reviews:3")["records"]
    assert (older["fate"], older["case_key"], older["stands_instead"]["load_id"]) == (
        "superseded",
        story["case_key"],
        load_of("91", "2026-09-07"),
    )
    (newer,) = why(f"{load_of('91', '2026-09-07')}:reviews:2")["records"]
    assert newer["feeds"] == {"fct_case_review": 1}


def test_generations_that_had_the_rows(why: Why, country: Warehouse) -> None:
    ((current,),) = country.rows("select generation_id from ops.generation where state = 'current'")
    crime = why("13/ZQREF-A")
    assert [(item["table"], item["since"], item["until"]) for item in crime["kept"]] == [
        ("fct_offence_type", current, None)
    ]
    person = why(f"{crime['crime_key']}:1")
    assert [item["table"] for item in person["kept"]] == ["fct_ethnicity", "fct_nationality", "fct_nationality"]
    assert why("13/ZQREF-C")["kept"] == []


def test_a_build_that_analysts_do_not_see_is_told(why: Why, country: Warehouse) -> None:
    assert why("13/ZQREF-A")["notes"] == []
    ((seen, night_id),) = country.rows("select generation_id, night_id from ops.generation where state = 'current'")
    (state,) = country.rows("select inputs_sha256 from ops.build_state")
    told = {}
    with warehouse.connect(country.url, autocommit=True) as connection:
        number = generations.open_generation(connection, night_id, "inputs", full=False)
        try:
            told["building"] = why("13/ZQREF-A")["notes"]
            for end in ("held", "failed"):
                generations.close(connection, number, end, "A force falls.")
                told[end] = why("13/ZQREF-A")["notes"]
        finally:
            connection.execute("update ops.build_state set inputs_sha256 = %s", state)
            connection.execute("delete from ops.generation where generation_id = %s", [number])
    assert told == {
        end: [
            f"Analysts see generation {seen}. The last build, {number}, {became}. Fates are those of the last build; "
            "rows of curated are what analysts see."
        ]
        for end, became in {
            "building": "is not finished",
            "held": "was held",
            "failed": "failed or was broken off",
        }.items()
    }


def test_tables_of_an_earlier_version_are_told(run: Callable[..., Result], country: Warehouse) -> None:
    def rename(old: str, new: str) -> None:
        with warehouse.connect(country.url, autocommit=True) as connection:
            connection.execute(f"alter table intermediate.int_crime_chain rename column {old} to {new}".encode())

    key = f"{country.rows('select crime_key from curated.fct_offence_type limit 1')[0][0]}"
    rename("chain_key", "was_chain_key")
    try:
        done = run(key)
    finally:
        rename("was_chain_key", "chain_key")
    assert isinstance(done.exception, StepError)
    assert str(done.exception) == "The tables were built by an earlier version; csae run builds them anew."


def test_nothing_personal_is_in_any_answer(run: Callable[..., Result], country: Warehouse) -> None:
    tokens = {
        value
        for table in ("crime", "involvement", "case_review")
        for (line,) in country.rows(TOKENS.format(table=table))
        for value in line.split()
    }
    keys = keys_of_everything(country)
    assert (len(tokens) > 20, len(keys) > 60) == (True, True)
    for key in keys:
        for arguments in ((key,), (key, "--json")):
            done = run(*arguments)
            assert done.exit_code == 0, (key, done.output)
            assert not [text for text in PERSONAL if text in done.output], key
            assert not [token for token in tokens if token in done.output], key


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("13/ZQREF-NONE", "No delivery of source 13 has this reference"),
        ("0" * 32, "Nothing in the last build has this key"),
        ("999:crimes:1", "There is no load 999"),
        ("1:ZQREF:1", "Load 1 has the extracts crimes and people"),
        ("1:crimes:99", "the last one is in row 8"),
        ("13/2026-09-01/ZQREF.csv", "The ledger knows no such file"),
        ("ZQREF-A", "This is no key"),
    ],
)
def test_a_key_that_nothing_has_is_a_mistake_and_is_not_repeated(
    run: Callable[..., Result], key: str, says: str
) -> None:
    done = run(key)
    said = " ".join(done.output.replace("│", " ").split())
    assert done.exit_code == 2  # `main` makes 64 of it
    assert says in said
    assert "ZQREF" not in said
