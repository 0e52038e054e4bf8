"""The documents that say what proves a claim name tests that there are; and each of the 32 fault cases has some."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from csae.settings import PROJECT_DIR

TESTS = PROJECT_DIR / "tests"
GUARANTEES = PROJECT_DIR / "docs" / "guarantees.md"
OTHERS = ("SECURITY.md", "docs/data-protection.md")
CASES = range(1, 33)


@cache
def functions(path: Path) -> frozenset[str]:
    found = ast.walk(ast.parse(path.read_text()))
    return frozenset(one.name for one in found if isinstance(one, ast.FunctionDef) and one.name.startswith("test_"))


@cache
def of_case(number: int) -> frozenset[str]:
    """Tests of a fault case: those of its file, and those that bear its name."""
    name = f"test_case_{number:02}_"
    return frozenset(
        test
        for path in (TESTS / "faults").glob("test_*.py")
        for test in functions(path)
        if path.name.startswith(name) or test.startswith(name)
    )


def rows(text: str) -> list[list[str]]:
    """Of tables with a column 'proved by'."""
    found: list[list[str]] = []
    is_ours = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        is_ours = bool(cells) and (is_ours or "proved by" in cells)
        if is_ours and "proved by" not in cells and set(cells[0]) != {"-"}:
            found.append(cells)
    return found


GUARANTEED = rows(GUARANTEES.read_text())


def missing(names: list[str]) -> list[str]:
    """Of names of tests as a document writes them, those that are of no test."""
    gone, last = [], ""
    for name in names:
        if case := re.fullmatch(r"test_case_(\d\d)", name):
            if not of_case(int(case[1])):
                gone.append(name)
            continue
        file, _, test = name.partition("::")
        file = last if file == "…" else file
        last = file
        path = next(
            (
                place / file
                for place in (PROJECT_DIR, *(TESTS / name for name in ("integration", "faults", "long", "")))
                if (place / file).is_file()
            ),
            None,
        )
        if path is None or (test and test not in functions(path)):
            gone.append(name)
    return gone


@pytest.mark.parametrize("number", CASES)
def test_each_fault_case_has_a_test(number: int) -> None:
    assert of_case(number)


def test_there_are_guarantees_and_this_test_sees_them() -> None:
    assert len(GUARANTEED) >= 30
    assert missing(["test_case_99", "test_none.py", "test_roles.py::test_none", "…::test_none"]) == [
        "test_case_99",
        "test_none.py",
        "test_roles.py::test_none",
        "…::test_none",
    ]


@pytest.mark.parametrize("cells", GUARANTEED, ids=lambda cells: cells[0].strip("*")[:40])
def test_a_guarantee_says_what_proves_it_and_what_it_does_not_cover(cells: list[str]) -> None:
    guarantee, proof, not_covered = cells
    assert guarantee.startswith("**")
    names = re.findall(r"`((?:[\w/]*/)?test_\w+(?:\.py)?(?:::test_\w+)?|…::test_\w+)`", proof)
    assert names, "it names no test"
    assert missing(names) == []
    assert not_covered


@pytest.mark.parametrize("document", OTHERS)
def test_a_document_names_tests_that_there_are(document: str) -> None:
    text = (PROJECT_DIR / document).read_text()
    names = re.findall(r"`((?:unit|integration|end_to_end|faults)/test_\w+\.py(?:::test_\w+)?)`", text)
    assert len(names) >= 8
    assert missing(names) == []
    for pattern in re.findall(r"`faults/(test_\w+\*)`", text):
        assert list((TESTS / "faults").glob(f"{pattern}.py")), pattern
