"""What `csae why` shows: the answer first, then where it comes from. Readable at 100 columns."""

from collections.abc import Sequence

from rich.text import Text

from csae.cli.output import console, table
from csae.cli.why_parts import (
    LISTED,
    aligned,
    columns_table,
    cut,
    fate_text,
    head,
    knew,
    notes_of,
    place_key,
    published_rows,
    say_more,
    spans_table,
    told_of,
    versions_tree,
    where_lines,
)
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
)
from csae.tracing.whys import agreement

_KINDS = {"crime": "Crime", "involvement": "Person on a crime", "case_review": "Case review"}


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
    head(f"Crime {story.crime_key}", f"{force}, reference token {story.crime_ref}…", story.says)
    notes_of(story.notes)
    versions_tree("Rows that tell of it, the latest first", story.versions)
    versions_tree("Rows with its reference that count for nothing", story.held_back)
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
                    cut(item.crime_key),
                    f"{item.force_code or ''} {item.force_name or ''}".strip(),
                    fate_text(item.fate or "not sent"),
                    item.counts,
                )
                for item in story.partners
            ],
        )
    columns_table(story.columns, story.layout)
    published_rows("Its row of curated.fct_offence_type", [story.published] if story.published else [])
    if story.definitions:
        table(
            "Definitions",
            [("Definition", "left"), ("Counts it", "left"), ("Because", "left")],
            [(item.label, item.counts, item.why) for item in story.definitions],
        )
    _people(story)
    spans_table(story.kept, story.generations)


def _people(story: CrimeStory) -> None:
    if story.people:
        table(
            "People on it",
            [("", "right"), ("Role", "left"), ("Row", "left"), ("Fate", "left"), ("Person", "left"), ("Why", "left")],
            [
                (
                    item.place,
                    item.row.role,
                    place_key(item.row),
                    fate_text(item.row.fate),
                    cut(item.row.person_key),
                    item.why,
                )
                for item in story.people
            ],
            caption=f"csae why {cut(story.crime_key)}:{story.people[0].place} tells of the first.",
        )
    if story.earlier_people:
        console.print(f"{story.earlier_people} more rows of people stand in deliveries that were told again since.")


def _involvement(story: InvolvementStory) -> None:
    row = story.person
    place = f", person {story.place_on_crime} of the crime" if story.place_on_crime else ""
    head(f"Involvement {row.involvement_key}", f"{row.role or 'no role'}{place}", story.why)
    notes_of(story.notes)
    lines = [
        ("Crime", row.crime_key or "none that was accepted"),
        ("Person", f"{row.person_key or 'not linked'}" + _records(story.records_of_person)),
        ("Record", row.person_record_key or "none"),
        ("Fate", row.fate),
        *where_lines(story.delivery, story.place),
    ]
    if row.kept_involvement_key:
        lines.append(("Kept instead", row.kept_involvement_key))
    aligned(lines)
    columns_table(story.columns, story.layout)
    for name, rows in story.published.items():
        published_rows(f"Its rows of curated.{name}", rows)
    spans_table(story.kept, story.generations)


def _records(count: int) -> str:
    return f", written in {count} ways" if count > 1 else ""


def _person(story: PersonStory) -> None:
    crimes = "1 crime" if story.crimes == 1 else f"{story.crimes} crimes"
    head(f"Person {story.person_key}", f"counts on {crimes}", story.says)
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
                cut(item.person_record_key),
                *(item.tokens.get(name) for name in _token_names(story)),
                item.first_seen_on,
                item.involvements,
            )
            for item in story.records[:LISTED]
        ],
        caption="Eight digits of each token: the same digits are the same text, a dash is nothing recorded.",
    )
    say_more(len(story.records))
    _edges("What joins them", story.edges)
    if story.edges:
        console.print(f"csae person show {story.person_key} has each comparison.", style="dim", soft_wrap=True)
    _edges("Compared with records of others, and not joined", story.outside)
    for item in story.judgements:
        withdrawn = f"; withdrawn on {item.withdrawn_at} by {item.withdrawn_by}" if item.withdrawn_at else ""
        console.print(
            f"Judgement {item.judgement_id}: {cut(item.record_key_l)} and {cut(item.record_key_r)} are "
            f"{item.verdict}, {item.made_at} by {item.made_by}: {item.reason}{withdrawn}",
            markup=False,
        )
    for change in story.changes:
        console.print(
            f"Generation {change.generation_id}: {change.change}, {change.records} records, "
            f"{cut(change.old_person_key)} -> {cut(change.new_person_key)}"
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
            (cut(item.crime_key), item.force_code, item.recorded_on, item.role, place_key(item), fate_text(item.fate))
            for item in story.involvements[:LISTED]
        ],
    )
    say_more(len(story.involvements))


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
                cut(item.record_key_l),
                cut(item.record_key_r),
                f"{item.match_weight:.1f}",
                agreement(item.same) + (f". Not one: {item.contradiction}" if item.contradiction else ""),
            )
            for item in edges[:LISTED]
        ],
        caption=f"By {', '.join(sorted({item.model_version for item in edges}))}. A weight is the log2 of the odds.",
    )
    say_more(len(edges))


def _row(story: RowStory) -> None:
    place = story.place
    head(f"Row {place.row_number} of {place.extract_name}, load {place.load_id}", told_of(story.delivery), "")
    notes_of(story.notes)
    aligned(where_lines(story.delivery, place))
    for item in story.records:
        _record(item, story.layout)
    knew(story.generations)


def _record(item: RecordInRow, layout: str | None) -> None:
    console.print()
    number = f", number {item.row_number}, in row {item.in_row}" if item.in_row is not None else ""
    console.print(
        Text.assemble((f"{_KINDS[item.record_kind]}{number}", "bold"), ": ", fate_text(item.fate or "not decided yet"))
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
        lines.append(("Stands instead", place_key(item.stands_instead)))
    lines += [("Feeds", f"{rows} row{'s' if rows > 1 else ''} of curated.{name}") for name, rows in item.feeds.items()]
    aligned(lines)
    columns_table(item.columns, layout)


def _file(story: FileStory) -> None:
    head(f"File {story.object_key}", "", "")
    for item in story.loads:
        _load(item)


def _load(item: LoadOfFile) -> None:
    console.print()
    console.print(
        Text.assemble((f"Load {item.delivery.load_id}", "bold"), f", {told_of(item.delivery)}, read as {item.taken_as}")
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
                    fate_text(count.fate),
                    count.rows,
                    item.reasons.get(count.reason_code or "") or count.reason_code or "",
                )
                for count in item.fates
            ],
        )
    knew(item.generations)


def _case(story: CaseStory) -> None:
    head(f"Case {story.case_key}", f"source {story.source}", story.says)
    versions_tree("Rows that tell of it, the latest first", story.versions)
    published_rows("Its rows of curated.fct_case_review", story.published)
