"""Every code that something can be found fault with by is in `reasons.csv`, and nothing else is."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

from csae.reasons import Reason, read_reasons
from csae.settings import PROJECT_DIR
from csae.sources.expectations import WAIVABLE_RULES

PACKAGE = PROJECT_DIR / "plugins" / "csae"
SUITES = PROJECT_DIR / "expectations" / "suites"
RAISING = {"ExtractError", "_RefusedError", "HeaderError", "BrokenBound", "Signal", "_Mark"}
"""What takes a code as its first argument."""
OF_DELIVERIES = {"delivery_missing", "delivery_rejected"}
"""Rules of a night that may be waived, and say nothing of a file or a row."""
LEVEL_OF_SEVERITY = {"critical": "quarantined", "warning": "warning", "info": "info"}


def raised() -> set[str]:
    """Codes in the source: texts given first to what raises, or kept in a variable that is given first."""
    codes: set[str] = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        given = [node.args[0] for node in ast.walk(tree) if called(node) in RAISING and node.args]  # type: ignore[attr-defined]
        kept = {node.id for node in given if isinstance(node, ast.Name)}
        values = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id in kept for to in node.targets)
        ]
        codes |= {text for node in (*given, *values) for text in texts(node)}
    return codes


def called(node: ast.AST) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    return getattr(node.func, "id", None) or getattr(node.func, "attr", None)


def texts(node: ast.expr) -> Iterator[str]:
    """The text itself, or those that a condition chooses from."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)


def of_suites() -> dict[str, str]:
    """Reason and severity of every expectation."""
    found: dict[str, str] = {}
    for path in sorted(SUITES.glob("*.json")):
        for item in json.loads(path.read_text(encoding="utf-8"))["expectations"]:
            code, severity = item["meta"]["reason"], item["severity"]
            assert found.setdefault(code, severity) == severity, f"{code} has two severities"
    return found


def of_queries() -> set[str]:
    """The one reason that the gate gives by a query of its own."""
    text = (PACKAGE / "gates.py").read_text(encoding="utf-8")
    assert "'crime_quarantined'" in text
    return {"crime_quarantined"}


def test_codes_are_found_where_they_are_raised() -> None:
    found = raised()
    assert {"column_missing", "column_renamed", "file_empty", "too_few_crimes", "value_new"} <= found
    assert len(found) > 30


def test_every_code_has_an_entry_and_every_entry_a_code() -> None:
    assert sorted(read_reasons()) == sorted(raised() | of_suites().keys() | of_queries())


def test_a_rule_that_may_be_waived_is_a_reason() -> None:
    assert WAIVABLE_RULES.keys() - OF_DELIVERIES <= read_reasons().keys()


def test_entries_say_what_the_gate_does() -> None:
    reasons = read_reasons()
    assert {code: reasons[code].level for code in of_suites()} == {
        code: LEVEL_OF_SEVERITY[severity] for code, severity in of_suites().items()
    }


def test_entries_are_whole_sentences_for_the_force() -> None:
    reasons = read_reasons()
    assert list(reasons) == sorted(reasons)
    for reason in reasons.values():
        assert is_well_said(reason), reason.code


def is_well_said(reason: Reason) -> bool:
    sentences = (reason.meaning, reason.what_to_do)
    return (
        all(text[0].isupper() and text.endswith(".") and "_" not in text and "YAML" not in text for text in sentences)
        and reason.level in ("rejected", "quarantined", "warning", "info")
        and reason.who in ("force", "data engineer", "operator", "nobody")
    )


def test_the_guide_names_no_reason_that_there_is_not() -> None:
    text = Path(PROJECT_DIR / "docs" / "operator.md").read_text(encoding="utf-8")
    assert "reasons.csv" in text
    rows = [line for table in text.split("\n\n") if table.startswith("| reason |") for line in table.splitlines()[2:]]
    named = {name for row in rows for name in row.split("|")[1].replace("`", "").replace(" ", "").split(",")}
    assert named
    assert named <= read_reasons().keys()
