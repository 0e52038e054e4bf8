"""What `csae why` shows: the answer first, then where it comes from. Readable at 100 columns."""

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
from csae.tracing.persons import Edge
from csae.tracing.stories import (
    CaseStory,
    CrimeStory,
    FileStory,
    InvolvementStory,
    LoadOfFile,
    PersonStory,
    RecordInRow,
    RowStory,
    Story,
    Version,
)
from csae.tracing.whys import agreement

_FATE_STYLES = {
    "current": "green",
    "superseded": "dim",
    "duplicate": "yellow",
    "withdrawn": "yellow",
    "transferred": "yellow",
    "quarantined": "red",
}
_KINDS = {"crime": "Crime", "involvement": "Person on a crime", "case_review": "Case review"}
_DIGITS = 12
"""Of a key in a table: enough to ask for it again."""
_LISTED = 40
"""Lines of a table of which there may be very many; `--json` has all."""


def show(story: Story) -> None:
    match story:
        case CrimeStory():
            _crime(story)
        case InvolvementStory():
            _involvement(story)
        case PersonStory():
            _person(story)
        case RowStory():
            _row(story)
        case FileStory():
            _file(story)
        case CaseStory():
            _case(story)


def _crime(story: CrimeStory) -> None:
    force = f"{story.force_code} {story.force_name or ''}".strip()
    _head(f"Crime {story.crime_key}", f"{force}, reference token {story.crime_ref}…", story.says)
    _notes(story.notes)
    _versions("Rows that tell of it, the latest first", story.versions)
    _versions("Rows with its reference that count for nothing", story.held_back)
    if story.transfers:
        console.print("\nWhat it says of transfers", style="bold")
        for transfer in story.transfers:
            console.print(transfer.why, markup=False)
    if story.partners:
        table(
            "The same crime at other forces",
            [("Step", "right"), ("Crime", "left"), ("Force", "left"), ("Fate", "left"), ("Counts", "left")],
            [
                (
                    item.chain_position,
                    _cut(item.crime_key),
                    f"{item.force_code or ''} {item.force_name or ''}".strip(),
                    _fate(item.fate or "not sent"),
                    item.counts,
                )
                for item in story.partners
            ],
        )
    _columns(story.columns, story.layout)
    _published("Its row of curated.fct_offence_type", [story.published] if story.published else [])
    if story.definitions:
        table(
            "Definitions",
            [("Definition", "left"), ("Counts it", "left"), ("Because", "left")],
            [(item.label, item.counts, item.why) for item in story.definitions],
        )
    _people(story)
    _generations(story.kept, story.generations)


def _people(story: CrimeStory) -> None:
    if story.people:
        table(
            "People on it",
            [("", "right"), ("Role", "left"), ("Row", "left"), ("Fate", "left"), ("Person", "left"), ("Why", "left")],
            [
                (
                    item.place,
                    item.row.role,
                    f"{item.row.load_id}:{item.row.extract_name}:{item.row.row_number}",
                    _fate(item.row.fate),
                    _cut(item.row.person_key),
                    item.why,
                )
                for item in story.people
            ],
            caption=f"csae why {_cut(story.crime_key)}:{story.people[0].place} tells of the first.",
        )
    if story.earlier_people:
        console.print(f"{story.earlier_people} more rows of people stand in deliveries that were told again since.")


def _involvement(story: InvolvementStory) -> None:
    row = story.person
    place = f", person {story.place_on_crime} of the crime" if story.place_on_crime else ""
    _head(f"Involvement {row.involvement_key}", f"{row.role or 'no role'}{place}", story.why)
    _notes(story.notes)
    lines = [
        ("Crime", row.crime_key or "none that was accepted"),
        ("Person", f"{row.person_key or 'not linked'}" + _records(story.records_of_person)),
        ("Record", row.person_record_key or "none"),
        ("Fate", row.fate),
        *_where(story.delivery, story.place),
    ]
    if row.kept_involvement_key:
        lines.append(("Kept instead", row.kept_involvement_key))
    _lines(lines)
    _columns(story.columns, story.layout)
    for name, rows in story.published.items():
        _published(f"Its rows of curated.{name}", rows)
    _generations(story.kept, story.generations)


def _records(count: int) -> str:
    return f", written in {count} ways" if count > 1 else ""


def _person(story: PersonStory) -> None:
    crimes = "1 crime" if story.crimes == 1 else f"{story.crimes} crimes"
    _head(f"Person {story.person_key}", f"counts on {crimes}", story.says)
    table(
        "Records that are this person",
        [
            ("Record", "left"),
            *((name[0].upper() + name[1:], "left") for name in _token_names(story)),
            ("First seen", "left"),
            ("Rows", "right"),
        ],
        [
            (
                _cut(item.person_record_key),
                *(item.tokens.get(name) for name in _token_names(story)),
                item.first_seen_on,
                item.involvements,
            )
            for item in story.records[:_LISTED]
        ],
        caption="Eight digits of each token: the same digits are the same text, a dash is nothing recorded.",
    )
    _more(len(story.records))
    _edges("What joins them", story.edges)
    if story.edges:
        console.print(f"csae person show {story.person_key} has each comparison.", style="dim", soft_wrap=True)
    _edges("Compared with records of others, and not joined", story.outside)
    for item in story.judgements:
        withdrawn = f"; withdrawn on {item.withdrawn_on} by {item.withdrawn_by}" if item.withdrawn_on else ""
        console.print(
            f"Judgement {item.judgement_id}: {_cut(item.record_key_l)} and {_cut(item.record_key_r)} are "
            f"{item.verdict}, {item.made_on} by {item.made_by}: {item.reason}{withdrawn}",
            markup=False,
        )
    for change in story.changes:
        console.print(
            f"Generation {change.generation_id}: {change.change}, {change.records} records, "
            f"{_cut(change.old_person_key)} -> {_cut(change.new_person_key)}"
        )
    table(
        "Where the person stands",
        [
            ("Crime", "left"),
            ("Force", "left"),
            ("Recorded", "left"),
            ("Role", "left"),
            ("Row", "left"),
            ("Fate", "left"),
        ],
        [
            (_cut(item.crime_key), item.force_code, item.recorded_on, item.role, _row_key(item), _fate(item.fate))
            for item in story.involvements[:_LISTED]
        ],
    )
    _more(len(story.involvements))


def _token_names(story: PersonStory) -> list[str]:
    return list(story.records[0].tokens) if story.records else []


def _edges(title: str, edges: Sequence[Edge]) -> None:
    if not edges:
        return
    table(
        title,
        [("Record", "left"), ("Record", "left"), ("Weight", "right"), ("They have", "left")],
        [
            (
                _cut(item.record_key_l),
                _cut(item.record_key_r),
                f"{item.match_weight:.1f}",
                agreement(item.same) + (f". Not one: {item.contradiction}" if item.contradiction else ""),
            )
            for item in edges[:_LISTED]
        ],
        caption=f"By {', '.join(sorted({item.model_version for item in edges}))}. A weight is the log2 of the odds.",
    )
    _more(len(edges))


def _row(story: RowStory) -> None:
    place = story.place
    _head(f"Row {place.row_number} of {place.extract_name}, load {place.load_id}", _of(story.delivery), "")
    _notes(story.notes)
    _lines(_where(story.delivery, place))
    for item in story.records:
        _record(item, story.layout)
    _knew(story.generations)


def _record(item: RecordInRow, layout: str | None) -> None:
    console.print()
    number = f", number {item.row_number}, in row {item.in_row}" if item.in_row is not None else ""
    console.print(
        Text.assemble((f"{_KINDS[item.record_kind]}{number}", "bold"), ": ", _fate(item.fate or "not decided yet"))
    )
    console.print(item.why, markup=False)
    for reason in item.reasons:
        column = f", column {reason.column}" if reason.column else ""
        console.print(f"{reason.code}{column}: {reason.meaning}", style="red", markup=False)
        if reason.what_to_do:
            console.print(f"For the {reason.who}: {reason.what_to_do}", markup=False)
    keys = (
        ("Crime", item.crime_key),
        ("Case", item.case_key),
        ("Involvement", item.involvement_key),
        ("Person", item.person_key),
    )
    lines = [(name, key) for name, key in keys if key]
    if item.stands_instead:
        lines.append(("Stands instead", _place(item.stands_instead)))
    lines += [("Feeds", f"{rows} row{'s' if rows > 1 else ''} of curated.{name}") for name, rows in item.feeds.items()]
    _lines(lines)
    _columns(item.columns, layout)


def _file(story: FileStory) -> None:
    _head(f"File {story.object_key}", "", "")
    for item in story.loads:
        _load(item)


def _load(item: LoadOfFile) -> None:
    console.print()
    console.print(
        Text.assemble((f"Load {item.delivery.load_id}", "bold"), f", {_of(item.delivery)}, read as {item.taken_as}")
    )
    console.print(item.says, markup=False)
    if item.fates:
        table(
            "",
            [("Records", "left"), ("Extract", "left"), ("Fate", "left"), ("Rows", "right"), ("Reason", "left")],
            [
                (
                    _KINDS[count.record_kind],
                    count.extract_name,
                    _fate(count.fate),
                    count.rows,
                    item.reasons.get(count.reason_code or "") or count.reason_code or "",
                )
                for count in item.fates
            ],
        )
    _knew(item.generations)


def _case(story: CaseStory) -> None:
    _head(f"Case {story.case_key}", f"source {story.source}", story.says)
    _versions("Rows that tell of it, the latest first", story.versions)
    _published("Its rows of curated.fct_case_review", story.published)


def _head(title: str, where: str, says: str) -> None:
    console.print(Text.assemble((title, "bold"), f"  {where}" if where else ""), soft_wrap=True)
    if says:
        console.print(says, markup=False)


def _notes(notes: Iterable[str]) -> None:
    for note in notes:
        console.print(f"Note: {note}", style="yellow", markup=False)


def _versions(title: str, versions: Sequence[Version]) -> None:
    if not versions:
        return
    tree = Tree(Text(title, style="bold"))
    for item in versions[:_LISTED]:
        head = Text.assemble(
            f"{item.place.load_id}:{item.place.extract_name}:{item.place.row_number}  ",
            _fate(item.fate),
            f"  {_of(item.delivery)}",
            ("  stands", "bold green") if item.stands else "",
        )
        branch = tree.add(head)
        branch.add(Text(item.why))
        for key in item.place.object_keys:
            branch.add(Text(_file_of(item.place, key), style="dim"))
    console.print()
    console.print(tree)
    _more(len(versions))


def _columns(columns: Sequence[TracedColumn], layout: str | None) -> None:
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


def _published(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows:
        console.print()
        console.print(title, style="bold", markup=False)
        told = [
            f"{name} {str(value).lower() if isinstance(value, bool) else value}"
            for name, value in row.items()
            if value is not None and not name.endswith("_key")
        ]
        console.print(", ".join(told), markup=False)


def _generations(spans: Sequence[Span], generations: Sequence[Generation]) -> None:
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
            for span in spans[:_LISTED]
        ],
    )
    _more(len(spans))


def _knew(generations: Sequence[Generation]) -> None:
    if generations:
        first, last = generations[0], generations[-1]
        names = f"generation {first.generation_id}"
        if last != first:
            names += f" to generation {last.generation_id}"
        console.print(f"The load is in {names} ({last.state}).")


def _where(delivery: Delivery, place: Place) -> list[tuple[str, str]]:
    lines = [("Delivery", _of(delivery)), ("Row", _place(place))]
    return lines + [("File", _file_of(place, key)) for key in place.object_keys]


def _of(delivery: Delivery) -> str:
    correction = f", correction {delivery.correction_number}" if delivery.correction_number else ""
    return f"source {delivery.source}, delivery of {delivery.delivery_on}{correction}, {delivery.state}"


def _file_of(place: Place, object_key: str) -> str:
    inside = place.file_name and not object_key.endswith(place.file_name)
    return f"{object_key}, in it {place.file_name}" if inside else object_key


def _place(place: Place) -> str:
    return f"{place.load_id}:{place.extract_name}:{place.row_number}"


def _row_key(item: Involvement) -> str:
    return f"{item.load_id}:{item.extract_name}:{item.row_number}"


def _lines(lines: Sequence[tuple[str, str]]) -> None:
    width = max((len(name) for name, _ in lines), default=0)
    for name, text in lines:
        console.print(Text.assemble((name.ljust(width + 2), "dim"), text), soft_wrap=True)


def _fate(fate: str) -> Text:
    return Text(fate, style=_FATE_STYLES.get(fate, ""))


def _cut(key: str | None) -> str | None:
    return key[:_DIGITS] if key else None


def _more(count: int) -> None:
    if count > _LISTED:
        console.print(f"{count - _LISTED:,} more; --json has all of them.", style="dim")
