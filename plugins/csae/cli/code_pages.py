"""What `csae code` shows: one thing a line; coverage and what a source declares on standard error."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rich.text import Text

from csae.cli import safe_csv
from csae.cli.output import console, errors, share, table
from csae.code_sets.labels import Label, words
from csae.code_sets.lookup import Declared, Found, Meaning, Reference

_CSV_COLUMNS = (
    "value",
    "status",
    "code",
    "label",
    "group",
    "scheme",
    "rule",
    "confidence",
    "missing_reason",
    "suggestion",
)
_STYLES = {"decoded": "green", "ambiguous": "yellow", "unmapped": "red"}
_COUNTS = {
    "always": "counted",
    "child_victim_or_flag": "counted where a victim is under 18 or the force flags child abuse",
    None: "not counted",
}
_APPLIES = {
    "any_crime": "any crime",
    "multiple_undefined_offenders": "several offenders who are not told apart",
    "not_told_by_code": "something else than the code decides",
}
Line = tuple[str, str]


def one(found: Found, reference: Reference) -> None:
    """A block of aligned lines, each of them whole."""
    lines = [*_answer(found), *_details(found, reference), *_why(found, reference)]
    width = max(len(name) for name, _ in lines)
    for name, text in lines:
        shown = Text.assemble((name.ljust(width + 2), "dim"), (text, _STYLES[text] if name == "Result" else ""))
        console.print(shown, soft_wrap=True)


def _answer(found: Found) -> Iterator[Line]:
    yield "Value", found.value
    for step in found.steps:
        yield "", f"{step.functions}: {step.given} -> {step.made or 'nothing'}"
    yield "Result", found.status
    if found.code:
        yield "Code", _with(found.code, found.label)
    if found.group and found.group != found.code:
        yield "Group", _with(found.group, found.group_label)
    if found.missing_reason:
        yield "Missing", words(found.missing_reason)
    if found.code and found.scheme:
        yield "Version", ", ".join(found.scheme)
    for meaning in found.meanings:
        yield "Perhaps", f"{_with(meaning.code, meaning.label)}: {_where(meaning)}"


def _details(found: Found, reference: Reference) -> Iterator[Line]:
    """What only offences and outcomes have."""
    details = found.details
    for row in details.get("categories") or []:
        yield "Category", f"{row['offence_category']} {row['title']}: {_APPLIES[row['applies_to']]}{_days(row)}"
    if details.get("csae_category"):
        yield "Abuse", details["csae_category"]
    for row in details.get("definitions") or []:
        yield "Definition", f"{row['label']}: {_COUNTS[row['counts']]}"
    if change := details.get("reclassification"):
        switch = "applied" if change["is_applied"] else "switched off"
        moved = f"{change['from_category']} becomes {change['to_category']} on the comparable basis, {switch}"
        yield "By law", f"{moved} ({change['act']}, in force {change['commenced_on'] or 'on a day not found'})"
    if details.get("basis"):
        yield "Rests on", words(details["basis"])
    for code in details.get("may_have_been") or []:
        yield "Perhaps", _labelled(code, reference)
    if "suspect_identified" in details:
        told = {True: "yes", False: "no", None: "not told by the outcome"}
        yield "Suspect", f"identified: {told[details['suspect_identified']]}"


def _why(found: Found, reference: Reference) -> Iterator[Line]:
    yield "Rule", f"{words(found.rule)}, confidence {found.confidence}"
    yield "Reason", found.reason
    if suggestion := found.suggestion:
        told = f"{_labelled(suggestion.code, reference)} ({suggestion.score}%, {suggestion.evidence})"
        yield "Suggestion", told
    if found.status != "decoded":
        yield "Next", _next(found, reference)


def _next(found: Found, reference: Reference) -> str:
    if any(meaning.extracts for meaning in found.meanings):
        return "give the version of the extract that it stands in with --scheme"
    if found.meanings:
        return "give the version with --scheme, or the source with --force; a source says it in its YAML"
    if found.rule == "spreadsheet_damage":
        return "ask the force to send the column as text"
    place = "under 'codes' or in a 'map'" if reference.schemes else "in a 'map'"
    return f"ask the force what it means, then say so {place} of the source's YAML"


def _labelled(code: str, reference: Reference) -> str:
    label = reference.labels.get(code)
    return _with(code, label.label if label else None)


def _with(code: str, label: str | None) -> str:
    """A code that is its label in small letters is said once."""
    if label is None or words(code) == words(label):
        return label or code
    return f"{code}  {label}"


def _where(meaning: Meaning) -> str:
    extracts = f"in {', '.join(meaning.extracts)}" if meaning.extracts else ""
    schemes = ", ".join(meaning.scheme) or ("" if extracts else "as a wording")
    return " ".join(filter(None, (schemes, extracts)))


def _days(row: dict[str, Any]) -> str:
    told = [
        f"{what} {' '.join(filter(None, (_day('from', row[f'{key}_from']), _day('to', row[f'{key}_to']))))}"
        for what, key in (("offences", "offence"), ("recorded", "recorded"))
        if row[f"{key}_from"] or row[f"{key}_to"]
    ]
    return "".join(f", {text}" for text in told)


def _day(word: str, day: str | None) -> str:
    return f"{word} {day}" if day else ""


def several(found: Sequence[Found]) -> None:
    table(
        "",
        [
            ("Value", "left"),
            ("Result", "left"),
            ("Code", "left"),
            ("Label", "left"),
            ("Version", "left"),
            ("Rule", "left"),
            ("Perhaps", "left"),
        ],
        [
            (
                item.value,
                item.status,
                item.code,
                item.label,
                ", ".join(item.scheme) or None,
                item.rule,
                _perhaps(item),
            )
            for item in found
        ],
    )


def _perhaps(found: Found) -> str | None:
    """What an undecoded value may be."""
    if found.suggestion:
        return f"{found.suggestion.code} ({found.suggestion.score}%)"
    codes = [meaning.code for meaning in found.meanings] or found.details.get("may_have_been") or []
    return " or ".join(codes) if codes and found.status != "decoded" else None


def write_csv(found: Iterable[Found]) -> None:
    """On standard output, a line a value."""
    safe_csv.write_rows(sys.stdout, _CSV_COLUMNS, map(_csv_row, found), "\n")


def _csv_row(item: Found) -> list[object]:
    told = [getattr(item, name) for name in ("value", "status", "code", "label", "group")]
    return [*told, " ".join(item.scheme), item.rule, item.confidence, item.missing_reason, _perhaps(item)]


def coverage(found: Sequence[Found]) -> None:
    """On standard error, so that what is written out stays a table."""
    counts = Counter[str](item.status for item in found)
    rest = ", ".join(f"{counts[name]} {name}" for name in ("ambiguous", "unmapped") if counts[name])
    decoded = f"{counts['decoded']} of {len(found)} values decoded ({share(counts['decoded'], len(found))})"
    errors.print(f"{decoded}{'; ' if rest else ''}{rest}.", markup=False, soft_wrap=True)


def source(label: str, declared: Sequence[Declared]) -> None:
    schemes = dict.fromkeys(item.scheme for item in declared if item.scheme)
    own = " with codes of its own" if any(item.own for item in declared) else ""
    written = f", written in {', '.join(schemes)}{own}" if schemes else ""
    errors.print(f"{label}{written}.", style="dim", markup=False, soft_wrap=True)


def code_set(kind: str, scheme: str | None, lines: Sequence[tuple[str, str, Label | None]]) -> None:
    table(
        scheme or f"Codes of {kind}",
        [("Code", "left"), *([("Decoded to", "left")] if scheme else []), ("Label", "left"), ("Group", "left")],
        [
            (
                text,
                *([code] if scheme else []),
                label.label if label else None,
                label.group_label if label else None,
            )
            for text, code, label in lines
        ],
    )
