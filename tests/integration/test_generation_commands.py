"""`csae generation`: what it lists, shows, compares and goes back to, and how it refuses.

Real PostgreSQL and the real switch; what dbt would build is written by hand.
"""

import getpass
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from csae import cli, generations, warehouse
from csae.local_stack import Stack
from csae.roles import granting
from integration.built import Built, new_built


@dataclass(frozen=True)
class Done:
    exit_code: int
    said: str
    """What either stream says, in one line and without the frames of tables."""
    out: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def built(shared: Stack) -> Iterator[Built]:
    with new_built(shared) as made:
        yield made


@pytest.fixture
def two(built: Built) -> None:
    """Of the crimes a and b, then of b and c, with another load behind every row."""
    built.build(1, crimes=["a", "b"])
    built.switch()
    built.build(2, crimes=["b", "c"])
    built.switch()


@pytest.fixture
def run(built: Built, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The whole program, for its exit codes."""
    monkeypatch.setenv("CSAE_WAREHOUSE_URL", built.url.get_secret_value())
    monkeypatch.setenv("COLUMNS", "200")

    def done(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["csae", "generation", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, err = capfd.readouterr()
        return Done(int(stop.value.code or 0), re.sub(r"[\s│╭╮╰╯─]+", " ", out + err), out)

    return done


BOTH = ("crime", "involvement")
STEP = [
    (kind, *said, 1)
    for kind in BOTH
    for said in (("added", "new"), ("changed", "sent_again"), ("removed", "delivery_undone"))
]


def changed(lines: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(line["record_kind"], line["change"], line["reason"], line["records"]) for line in lines]


@pytest.mark.usefixtures("two")
def test_list_has_every_build_the_newest_first(run: Run) -> None:
    listed = run("list", "--json").json
    columns = ("generation_id", "state", "mode", "is_kept", "crimes", "involvements", "night_on")
    assert [tuple(line[name] for name in columns) for line in listed] == [
        (2, "current", "full", True, 2, 2, "2026-09-01"),
        (1, "previous", "full", True, 2, 2, "2026-09-01"),
    ]
    assert [line["generation_id"] for line in run("list", "--json", "--limit", "1").json] == [2]
    assert "Analysts see the current one." in run("list").said


@pytest.mark.usefixtures("two")
def test_show_tells_of_the_current_one_or_of_any(run: Run) -> None:
    shown = run("show", "--json").json
    assert (shown["generation_id"], shown["loads"], changed(shown["changes"])) == (2, {}, STEP)
    assert run("show", "1", "--json").json["changes"] == []
    assert "Generation 2 of night 2 (2026-09-01), current, built full" in run("show").said
    assert "What generation 1 changed: nothing, or there is nothing to compare with." in run("show", "1").said


@pytest.mark.usefixtures("two")
def test_show_tells_why_a_build_failed(run: Run, built: Built) -> None:
    generations.close(built.connection, built.open(), "failed", "1 dbt test failed.")
    assert "Generation 3 of night 3 (2026-09-01), failed, built full" in run("show", "3").said
    assert "1 dbt test failed." in run("show", "3").said
    assert [(line["generation_id"], line["is_kept"]) for line in run("list", "--json").json] == [
        (3, False), (2, True), (1, True)
    ]  # fmt: skip


@pytest.mark.usefixtures("two")
def test_changes_compares_two_and_lists_keys_when_asked(run: Run) -> None:
    told = run("changes", "1", "2", "--json").json
    assert (told["since"], told["until"], changed(told["changes"])) == (1, 2, STEP)
    assert "keys" not in told
    assert run("changes", "--json").json == told
    keys = run("changes", "--keys", "--json", "--force", "06").json["keys"]
    assert [(line["change"], line["crime_key"], line["person_key"], line["role"]) for line in keys] == [
        ("added", "c", None, None),
        ("changed", "b", None, None),
        ("removed", "a", None, None),
        ("added", "c", "pc", "suspect"),
        ("changed", "b", "pb", "suspect"),
        ("removed", "a", "pa", "suspect"),
    ]
    assert run("changes", "--force", "07", "--json").json["changes"] == []
    text = run("changes", "--keys").said
    assert "06 involvements removed 1 no accepted delivery lists the crime any more" in text
    assert "06 involvement removed delivery_undone a pa suspect" in text


@pytest.mark.usefixtures("two")
def test_rollback_goes_back_at_once_and_forward_again(run: Run, built: Built) -> None:
    def crimes() -> list[str]:
        return [row[0] for row in built.shown("fct_offence_type")]

    back = run("rollback")
    assert (back.exit_code, crimes()) == (0, ["a", "b"])
    assert "Now analysts see generation 1, to which csae generation rollback went back from 2." in back.said
    assert "Analysts see generation 1 already." in run("rollback", "1").said
    forward = run("rollback", "2")
    assert (forward.exit_code, crimes()) == (0, ["b", "c"])
    assert "Analysts see generation 2, the newest." in forward.said


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "9"), "There is no generation 9; csae generation list shows those there are."),
        (("changes", "1", "9"), "There is no generation 9; csae generation list shows those there are."),
        (("changes", "9", "2"), "Generation 9 is not kept; csae generation list shows which are."),
        (("changes", "2", "1"), "Generation 2 is newer than 1; give the earlier one first."),
        (("show", "last"), "unable to parse string as an integer"),
        (("rollback", "9"), "Generation 9 is not kept; csae generation list shows which are."),
        (("build", "--as-at", "never"), "'never' does not match the formats '%Y-%m-%d'"),
    ],
)
def test_a_number_that_is_none_is_a_mistake(run: Run, built: Built, arguments: tuple[str, ...], said: str) -> None:
    before = built.shown()
    done = run(*arguments)
    assert (done.exit_code, built.shown()) == (64, before)
    assert said in done.said


@pytest.mark.usefixtures("two")
def test_nothing_is_before_the_first(run: Run) -> None:
    run("rollback", "1")
    for command in ("rollback", "changes"):
        done = run(command)
        assert done.exit_code == 64
        assert "No generation before 1 is kept" in done.said


KEPT = "select person, login, shown_before, asked_for, shown_after, refused from access.rollback order by asked_at"


@pytest.mark.usefixtures("two")
def test_who_went_back_is_kept_and_who_was_refused_with_the_reason(run: Run, built: Built) -> None:
    who = (getpass.getuser(), "csae")
    run("rollback", "1")
    run("rollback", "1")
    run("rollback")
    run("rollback", "9")
    with warehouse.connect(built.url, autocommit=True) as another, warehouse.turn(another):
        assert run("rollback", "2").exit_code != 0
    assert built.rows(KEPT) == [
        (*who, 2, 1, 1, None),
        (*who, 1, None, 1, "No generation before 1 is kept; csae generation list shows which are."),
        (*who, 1, 9, 1, "Generation 9 is not kept; csae generation list shows which are."),
        (*who, 1, 2, 1, "Another night is deciding or building at this moment; run again when it is done."),
    ]
    run("rollback", "2")
    assert built.rows(KEPT)[-1] == (*who, 1, 2, 2, None)
    with granting.acting_as(built.connection, "csae_operator"):
        assert len(built.rows(KEPT)) == 5, "an operator reads it, and changes nothing there"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            built.connection.execute("delete from access.rollback")


def test_before_the_first_build_there_is_nothing_to_show(run: Run, built: Built) -> None:
    assert (run("list").exit_code, run("list", "--json").json) == (0, [])
    for command in ("show", "changes", "rollback"):
        done = run(command)
        assert (done.exit_code, "Nothing was built yet; csae run builds" in done.said) == (64, True)
    assert [row[2:5] for row in built.rows(KEPT)] == [(None, None, None)]


def test_every_command_has_help_with_an_example(run: Run) -> None:
    for command in ("list", "show", "changes", "rollback", "build"):
        done = run(command, "--help")
        assert (done.exit_code, "Example" in done.said) == (0, True)
