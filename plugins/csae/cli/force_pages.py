"""What `csae force` shows: tables and sentences; every mark is a word too."""

from collections.abc import Iterable, Sequence
from typing import Any

from rich.syntax import Syntax

from csae.checking.check import Report, WaiverLine
from csae.checking.headers import HeaderCheck
from csae.checking.rehearsal import Rehearsal
from csae.checking.values import UnmappedValue
from csae.checking.words import column_words, format_words
from csae.cli.output import console, share, table
from csae.sources import LoadedSource
from csae.sources.model import Extract, Source
from csae.suggesting import CodeProposal, Suggestions

_STYLES = {"ready": "bold green", "ready with warnings": "bold yellow", "not ready": "bold red"}
_NOT_SHOWN = "not shown"
_LEVELS = {"error": "Must be mended", "warning": "To look at", "note": "Good to know"}


def say(text: str, style: str | None = None) -> None:
    console.print(text, style=style, markup=False, soft_wrap=True)


def sources(lines: Sequence[dict[str, Any]], broken: Sequence[str]) -> None:
    table(
        "Sources",
        [
            ("Source", "left"),
            ("System", "left"),
            ("Status", "left"),
            ("Layouts", "right"),
            ("Formats", "left"),
            ("Delivers", "left"),
            ("Waived", "left"),
            ("Last delivery", "left"),
        ],
        [
            (
                f"{line['source']} {line['name']}",
                line["system"],
                line["status"],
                line["layouts"],
                line["formats"],
                f"{line['mode']}, {line['due']}",
                "; ".join(f"{item['rule']}: {_days_left(item['days_left'])}" for item in line["waivers"]) or None,
                line["last_delivery_on"],
            )
            for line in lines
        ],
    )
    for fault in broken:
        say(f"\nCannot be used: {fault}", style="red")


def source(loaded: LoadedSource, found: Sequence[str], waivers: Sequence[WaiverLine]) -> None:
    spec = loaded.spec
    say(f"{spec.label}: {spec.status}" + (f", on {spec.system}" if spec.system else ""), style="bold")
    kind = "everything each time" if spec.delivery.mode == "snapshot" else "what is new or changed"
    say(
        f"Delivers {kind} ({spec.delivery.mode}), due {spec.delivery.due}. Ask {spec.owner.team}, {spec.owner.contact}."
    )
    say(f"Written in {loaded.path}.")
    for number, layout in enumerate(spec.layouts):
        until = f" until {spec.layouts[number + 1].valid_from}" if number + 1 < len(spec.layouts) else ""
        console.print()
        say(f"Layout from {layout.valid_from}{until}", style="bold")
        if layout.archive:
            say(f"Files come in {layout.archive}.")
        if layout.manifest:
            say(f"{layout.manifest.files} says what was sent.")
        if layout.ignored_files:
            say(f"Ignored files: {', '.join(layout.ignored_files)}.")
        for name, extract in layout.extracts.items():
            _extract(name, extract, spec)
    _facts(spec)
    _waivers(waivers)
    console.print()
    if not spec.examples:
        say("It has no examples.")
    else:
        passed = "all pass" if not found else f"{len(found)} columns are not as expected"
        say(f"{len(spec.examples)} examples: {passed}.", style="green" if not found else "red")
    for fault in found:
        say(f"  {fault}")


def _extract(name: str, extract: Extract, spec: Source) -> None:
    say(f"\n{name}: {extract.files}, {format_words(extract.format)}")
    for where, kind, record in extract.placed():
        conditions = [f"{column} is {' or '.join(values)}" for column, values in record.where.items()]
        place = [f"each {record.each}"] if record.each else []
        heading = " ".join([kind, *(f"{part + 1}" for part in where if isinstance(part, int))])
        table(
            f"  {heading}" + (f" ({'; '.join([*place, *conditions])})" if place or conditions else ""),
            [("  Column", "left"), ("From the force's", "left")],
            [(f"  {column}", column_words(item, spec)) for column, item in record.columns.items()],
        )
    if extract.ignored_columns:
        say(f"  Ignored: {', '.join(extract.ignored_columns)}.")


def _facts(spec: Source) -> None:
    console.print()
    for scheme, codes in spec.codes.items():
        say(f"Own codes of {scheme}: " + ", ".join(f"{code} → {to}" for code, to in codes.items()) + ".")
    bounds, noun = spec.bounds, "cases" if spec.has_case_reviews else "crimes"
    fewest = {0: "A delivery may be empty", 1: f"A delivery without {noun} is rejected"}.get(
        bounds.crimes.min, f"A delivery of fewer than {bounds.crimes.min:,} {noun} is rejected"
    )
    most = f"; more than {bounds.crimes.max:,} {noun} leave a notice" if bounds.crimes.max is not None else ""
    shares = [f"{bounds.max_quarantined_share:.0%} quarantined rows"]
    if not spec.has_case_reviews:
        shares.append(f"{bounds.max_undecoded_share:.0%} undecoded ethnicities")
    say(f"{fewest}{most}. One with more than {' or '.join(shares)} is rejected.")


def _waivers(waivers: Sequence[WaiverLine]) -> None:
    if waivers:
        table(
            "Waived",
            [("Rule", "left"), ("Reason", "left"), ("Owner", "left"), ("Until", "left"), ("", "left")],
            [(item.rule, item.reason, item.owner, item.expires, _days_left(item.days_left)) for item in waivers],
        )


def _days_left(days: int) -> str:
    return f"{days} days left" if days >= 0 else f"expired {-days} days ago"


def report(found: Report) -> None:
    say(f"{found.source} {found.name}: a delivery of {found.delivery_on}, nothing is loaded", style="bold")
    say(f"YAML: {found.yaml}, layout from {found.layout_valid_from or 'no day before that'}, status {found.status}")
    if found.files:
        table(
            "Files",
            [("File", "left"), ("Extract", "left"), ("Records", "right")],
            [(item.file, item.extract or "unexpected", item.records) for item in found.files],
        )
    for header in found.headers:
        _header(header)
    if found.gate:
        _gate(found.gate)
    _values("Values that no code set knows", found.unmapped)
    _values("Values that no map knows", found.unknown)
    _completeness(found)
    _waivers(found.waivers)
    if found.examples:
        console.print()
        say(f"{found.examples} examples: {'all pass' if not found.example_faults else 'not all pass'}.")
    for level, heading in _LEVELS.items():
        messages = [problem.message for problem in found.problems if problem.level == level]
        if messages:
            console.print()
            say(heading, style="bold")
        for message in messages:
            say(f"  - {message}")
    console.print()
    say(f"{found.source} is {found.verdict}.", style=_STYLES[found.verdict])


def _header(header: HeaderCheck) -> None:
    parts = {
        "Missing": header.missing,
        "Not met": header.not_met,
        "Unexpected": header.unexpected,
    }
    if not any(parts.values()):
        return
    console.print()
    say(f"Columns of {header.file}", style="bold")
    for words, names in parts.items():
        if names:
            say(f"  {words}: {', '.join(names)}")
    for rename in header.renames:
        say(f"  '{rename.old}' may be '{rename.new}' now: {rename.evidence}.")
        if rename.change:
            show_diff(rename.change)


def _gate(gate: Rehearsal) -> None:
    table(
        "What the gate says",
        [
            ("What becomes of it", "left"),
            ("Record", "left"),
            ("Extract", "left"),
            ("Rows", "right"),
            ("Which", "left"),
            ("Why", "left"),
        ],
        [
            (
                "quarantined" if item.severity == "critical" else "kept, counted",
                item.record,
                item.extract,
                item.rows,
                ", ".join(map(str, item.first_rows)) + (", …" if item.rows > len(item.first_rows) else "")
                if item.first_rows
                else None,
                f"{item.column}: {item.why or item.reason}",
            )
            for item in gate.findings
        ]
        or [("every row passes", None, None, None, None, None)],
        caption="Rows as a spreadsheet counts them, the header included; in XML and JSON the record's place.",
    )


def _values(title: str, found: Sequence[UnmappedValue]) -> None:
    if found:
        table(
            title,
            [("Column", "left"), ("Value", "left"), ("Rows", "right"), ("Code set", "left"), ("Perhaps", "left")],
            [
                (item.column, item.value or _NOT_SHOWN, item.rows, item.scheme, _perhaps(item.suggestion))
                for item in found
            ],
        )


def _perhaps(suggestion: Any) -> str | None:
    return f"{suggestion.code} ({suggestion.score}%, {suggestion.evidence})" if suggestion else None


def _completeness(found: Report) -> None:
    if found.completeness:
        table(
            "How full each column is",
            [("Record", "left"), ("Column", "left"), ("Filled", "right"), ("Of", "right"), ("Share", "right")],
            [(c.record, c.column, c.filled, c.rows, share(c.filled, c.rows)) for c in found.completeness],
        )
    if found.self_defined:
        states = found.self_defined
        parts = {
            "recorded": states.recorded,
            "not stated": states.not_stated,
            "not recorded": states.not_recorded,
            "unmapped": states.unmapped,
        }
        people = sum(parts.values())
        table(
            "Self-defined ethnicity of the people in it",
            [(name.capitalize(), "right") for name in parts],
            [tuple(f"{number:,} ({share(number, people)})" for number in parts.values())],
        )


def suggestions(found: Suggestions) -> None:
    say(f"What the deliveries of {found.source} speak for", style="bold")
    if found.bounds:
        bounds = found.bounds
        left_out = f" {bounds.left_out} far smaller or larger ones were left out." if bounds.left_out else ""
        say(
            f"\nBounds: {bounds.deliveries} usual deliveries held {bounds.smallest:,} to {bounds.largest:,}, "
            f"so at least {bounds.minimum:,} and at most {bounds.maximum:,}.{left_out}"
        )
    _codes(found.codes)
    if found.ignored_columns:
        table(
            "Columns that the YAML neither uses nor ignores",
            [("Extract", "left"), ("Column", "left"), ("Deliveries", "right")],
            [(item.extract, item.column, item.deliveries) for item in found.ignored_columns],
            caption="Ignore one only if it holds nothing that the dataset needs; else map it.",
        )
    for note in found.notes:
        say(f"\n{note}")
    console.print()
    if found.diff:
        say("To put into the YAML, once you agree:", style="bold")
        show_diff(found.diff)
    else:
        say("Nothing to change in the YAML.")


def _codes(codes: Iterable[CodeProposal]) -> None:
    rows = [
        (
            item.column,
            item.value or _NOT_SHOWN,
            item.rows,
            f"{item.first_seen_on} to {item.last_seen_on}",
            item.reason.replace("_", " "),
            _perhaps(item.suggestion),
            "in the diff" if item.in_diff else "yours to decide",
        )
        for item in codes
    ]
    if rows:
        table(
            "Values that are not decoded",
            [
                ("Column", "left"),
                ("Value", "left"),
                ("Rows", "right"),
                ("Seen", "left"),
                ("Why", "left"),
                ("Perhaps", "left"),
                ("", "left"),
            ],
            rows,
        )


def show_diff(text: str) -> None:
    """Lines to copy: nothing is folded or set in."""
    console.print(Syntax(text, "diff", background_color="default", word_wrap=False))
