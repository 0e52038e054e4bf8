"""`csae person`: what it shows of a person, how people judge, and how it refuses."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from csae.cli import app
from csae.linkage import showing
from csae.linkage.model import newest_model
from csae.local_stack import Stack
from integration.linked_people import JACOB, MATTHEW, People, new_people, some

Run = Callable[..., Result]


@pytest.fixture
def people(shared: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    monkeypatch.setenv("CSAE_WAREHOUSE_URL", shared.warehouse_url)
    monkeypatch.setenv("CSAE_HOME", str(tmp_path))
    with new_people(shared, tmp_path / "work", "linkage") as made:
        yield made


def person(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["person", *arguments])


def words(result: Result) -> str:
    return re.sub(r"[\s│╭╮╰╯─]+", " ", result.output)


@pytest.fixture
def twins(people: People) -> tuple[str, str, str]:
    """Keys: two records of one twin, and one of the other."""
    records = some(JACOB, {"force": "13", "surname": "Smithsen"}, MATTHEW)
    people.put(records)
    people.link(into="linkage")
    first, second, third = records["person_record_key"]
    return first, second, third


def test_a_weight_is_taken_apart_by_comparison(people: People, twins: tuple[str, str, str], tmp_path: Path) -> None:
    first, second, third = [*sorted(twins[:2]), twins[2]]
    levels = showing.levels(people.connection, twins, tmp_path, newest_model())

    assert set(levels) == {(first, second), *((min(key, third), max(key, third)) for key in (first, second))}
    assert levels[first, second] == {
        "surname": "sounds the same, both rare",
        "forename": "the same",
        "date of birth": "the same",
        "sex": "the same",
    }
    assert showing.levels(people.connection, [first], tmp_path, newest_model()) == {}


def test_a_judgement_is_kept_listed_obeyed_and_withdrawn(people: People, twins: tuple[str, str, str]) -> None:
    first, second, _ = twins
    told = ("--by", "Data standards desk", "--why", "custody photographs differ")
    assert "Judgement 1 is kept; the next night obeys it." in words(person("judge", "different", first, second, *told))
    assert people.link(into="linkage").persons == 3

    (listed,) = json.loads(person("judgements", "--json").stdout)
    assert (listed["verdict"], listed["made_by"], listed["reason"]) == ("different", told[1], told[3])
    assert "Judgement 1 is withdrawn" in words(person("withdraw", "1", *told))
    assert people.link(into="linkage").persons == 2
    assert "Nobody has judged" in words(person("judgements"))
    assert "custody photographs" in words(person("judgements", "--withdrawn"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "nobody"), "No person or record of a person has this key"),
        (("judge", "same", "nobody", "nobody", "--by", "a", "--why", "b"), "No person or record of a person has"),
        (("withdraw", "9", "--by", "a", "--why", "b"), "No judgement 9 is in force; csae person judgements shows"),
        (("judge", "perhaps", "a", "b", "--by", "a", "--why", "b"), "'perhaps' is not one of 'same', 'different'"),
        (("train", "--date", "tomorrow"), "A date is written as 2026-09-01."),
    ],
)
def test_what_cannot_be_done_says_why_and_what_to_do(people: People, arguments: tuple[str, ...], said: str) -> None:
    people.link(into="linkage")
    result = person(*arguments)

    assert result.exit_code == 2
    assert said in words(result)


def test_every_command_of_person_has_help_with_an_example() -> None:
    for command in ("show", "judge", "judgements", "withdraw", "train"):
        assert "Example" in person(command, "--help").output


def test_training_makes_a_model_and_its_chart_and_the_same_from_the_same_seed(tmp_path: Path) -> None:
    def train(name: str) -> tuple[str, str]:
        folder = tmp_path / name
        arguments = ("train", "--records", "2000", "--date", "2026-09-01", "--output", str(folder))
        assert person(*arguments).exit_code == 0
        model = folder / "person_2026_09_01.json"
        return model.read_text(), model.with_suffix(".svg").read_text()[:4]

    once, again = train("once"), train("again")

    assert once == again
    assert once[1] == "<svg"
    assert json.loads(once[0])["training"]["seed"] == 1
