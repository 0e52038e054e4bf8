"""The parts that the pages of `csae why` are made of."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from csae.cli.output import console, shown, table
from csae.tracing.coding import Step, TracedColumn, Written
from csae.tracing.deliveries import Delivery, Place
from csae.tracing.kept import Generation, Span
from csae.tracing.people import Involvement
from csae.tracing.stories import Version

_FATE_STYLES = {
    "current": "green",
    "superseded": "dim",
    "duplicate": "yellow",
    "withdrawn": "yellow",
    "transferred": "yellow",
    "quarantined": "red",
}
DIGITS = 12
"""Of a key in a table: enough to ask for it again."""
LISTED = 40
"""Lines of a table of which there may be very many; `--json` has all."""


def head(title: str, where: str, says: str) -> None:
    console.print(Text.assemble((title, "bold"), f"  {where}" if where else ""), soft_wrap=True)
    if says:
        console.print(says, markup=False)


def notes_of(notes: Iterable[str]) -> None:
    for note in notes:
        console.print(f"Note: {note}", style="yellow", markup=False)


def versions_tree(title: str, versions: Sequence[Version]) -> None:
    if not versions:
        return
    tree = Tree(Text(title, style="bold"))
    for item in versions[:LISTED]:
        line = Text.assemble(
            f"{place_key(item.place)}  ",
            fate_text(item.fate),
            f"  {told_of(item.delivery)}",
            ("  stands", "bold green") if item.stands else "",
        )
        branch = tree.add(line)
        branch.add(Text(item.why))
        for key in item.place.object_keys:
            branch.add(Text(_file_of(item.place, key), style="dim"))
    console.print()
    console.print(tree)
    say_more(len(versions))


def columns_table(columns: Sequence[TracedColumn], layout: str | None) -> None:
    if not columns:
        return
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading, wide in (("Column", False), ("Value", False), ("Read from, and decoded to", True)):
        made.add_column(heading, overflow="fold", no_wrap=heading == "Column", ratio=1 if wide else None)
    for column in columns:
        how = Text("\n or ").join(_way(way) for way in column.ways) if column.ways else Text("not in today's YAML")
        made.add_row(column.column, _values(column), how)
        for value in column.values:
            if value.rule is not None:
                made.add_row("", "", _decoded(value))
    console.print()
    console.print(f"What was read, by the layout from {layout or 'an unknown day'}", style="bold")
    console.print(made)


def _values(column: TracedColumn) -> Text:
    return Text("\n").join(shown(value.value) for value in column.values) if column.values else Text("–")


def _way(steps: Sequence[Step]) -> Text:
    return Text(", ").join(Text.assemble((f"{step.function} ", "dim"), step.says) for step in steps)


def _decoded(value: Written) -> Text:
    code = " ".join(dict.fromkeys(filter(None, (value.code, value.label)))) if value.code else "not decoded"
    rows = f", {value.rows:,} such rows" if value.rows else ""
    scheme = f" of {value.scheme}" if value.scheme else ""
    style = "green" if value.code else "red"
    return Text.assemble("-> ", (code, style), f"  {value.rule}{scheme}, confidence {value.confidence}{rows}")


def published_rows(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        console.print()
        console.print(title, style="bold", markup=False)
        told = [
            f"{name} {str(value).lower() if isinstance(value, bool) else value}"
            for name, value in row.items()
            if value is not None and not name.endswith("_key")
        ]
        console.print(", ".join(told), markup=False)


def spans_table(spans: Sequence[Span], generations: Sequence[Generation]) -> None:
    if not spans:
        return
    days = {item.generation_id: item.built_at for item in generations}
    table(
        "What analysts saw",
        [("Table", "left"), ("From generation", "left"), ("To", "left"), ("Seen now", "left"), ("Changed", "left")],
        [
            (
                span.table,
                f"{span.since} ({days.get(span.since) or 'unknown'})",
                f"before {span.until}" if span.until is not None else "the latest",
                span.is_seen,
                ", ".join(span.changed),
            )
            for span in spans[:LISTED]
        ],
    )
    say_more(len(spans))


def knew(generations: Sequence[Generation]) -> None:
    if generations:
        first, last = generations[0], generations[-1]
        names = f"generation {first.generation_id}"
        if last != first:
            names += f" to generation {last.generation_id}"
        console.print(f"The load is in {names} ({last.state}).")


def where_lines(delivery: Delivery, place: Place) -> list[tuple[str, str]]:
    lines = [("Delivery", told_of(delivery)), ("Row", place_key(place))]
    return lines + [("File", _file_of(place, key)) for key in place.object_keys]


def told_of(delivery: Delivery) -> str:
    correction = f", correction {delivery.correction_number}" if delivery.correction_number else ""
    return f"source {delivery.source}, delivery of {delivery.delivery_on}{correction}, {delivery.state}"


def _file_of(place: Place, object_key: str) -> str:
    inside = place.file_name and not object_key.endswith(place.file_name)
    return f"{object_key}, in it {place.file_name}" if inside else object_key


def place_key(row: Place | Involvement) -> str:
    """As `csae why` takes it."""
    return f"{row.load_id}:{row.extract_name}:{row.row_number}"


def aligned(lines: Sequence[tuple[str, str]]) -> None:
    width = max((len(name) for name, _ in lines), default=0)
    for name, text in lines:
        console.print(Text.assemble((name.ljust(width + 2), "dim"), text), soft_wrap=True)


def fate_text(fate: str) -> Text:
    return Text(fate, style=_FATE_STYLES.get(fate, ""))


def cut(key: str | None) -> str | None:
    return key[:DIGITS] if key else None


def say_more(count: int) -> None:
    if count > LISTED:
        console.print(f"{count - LISTED:,} more; --json has all of them.", style="dim")
