"""What counts as drift, number by number, and when a column that is missing is said to be renamed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from csae import drift, loading, renames
from csae.code_sets import read_code_sets
from csae.drift import Filled, Place, Profile, Value
from csae.ledger import Signal
from csae.readers.tables import Batch
from csae.settings import PROJECT_DIR
from csae.sources import LoadedSource, load_source
from csae.sources.model import Extract, Layout
from csae.unpacking import PlainFile
from unit.extracts import crimes

COMMA = {"type": "delimited", "delimiter": ",", "encoding": "utf-8"}
PLACE: Place = ("people", "involvement", "sex")
Loader = Callable[[str, str], LoadedSource]


def counts(**records: int) -> dict[str, int]:
    return dict(records)


@pytest.mark.parametrize(
    ("now", "usual", "jumps"),
    [
        (300, [100, 100, 100], False),
        (301, [100, 100, 100], True),
        (34, [100, 100, 100], False),
        (33, [100, 100, 100], True),
        (0, [100, 100, 100], True),
        (1000, [100, 100], False),
        (301, [100, 90, 5000, 110, 100], True),
        (12, [1, 2, 3], True),
        (11, [1, 2, 3], False),
        (0, [0, 0, 0], False),
        (10, [0, 0, 0], True),
    ],
)
def test_volume_jumps_above_three_times_or_below_a_third_of_the_median(now: int, usual: list[int], jumps: bool) -> None:
    signal = drift.volume_jump(counts(crime=now), [counts(crime=number) for number in usual])
    assert (signal is not None) == jumps


def test_volume_says_both_numbers_of_each_kind_that_jumped() -> None:
    earlier = [counts(crime=1000, involvement=2000 + number) for number in range(4)]
    signal = drift.volume_jump(counts(crime=1000, involvement=9000), earlier)
    assert signal is not None
    assert signal.level == "warning"
    assert signal.message.startswith(
        "The delivery has 9,000 people where 2,002 are usual (the median of the last 4 accepted loads)."
    )


@pytest.mark.parametrize(
    ("now", "before", "jumps"),
    [
        (Filled(100, 79), [Filled(100, 100)], True),
        (Filled(100, 80), [Filled(100, 100)], False),
        (Filled(30, 0), [Filled(30, 30)], True),
        (Filled(29, 0), [Filled(100, 100)], False),
        (Filled(100, 0), [Filled(29, 29)], False),
        (Filled(100, 0), [], False),
        (Filled(100, 100), [Filled(100, 0)], False),
        (Filled(100, 50), [Filled(100, 100), Filled(100, 60), Filled(100, 60)], False),
    ],
)
def test_a_column_is_missing_more_often_by_more_than_twenty_points_of_its_median(
    now: Filled, before: list[Filled], jumps: bool
) -> None:
    found = list(drift.missingness_jumps({PLACE: now}, {PLACE: before}))
    assert [(signal.code, signal.column_name) for signal in found] == ([("missingness_jump", "sex")] if jumps else [])


@pytest.mark.parametrize(
    ("columns", "before", "moved"),
    [
        (("A", "B", "C"), ("A", "B", "C"), None),
        (("A", "C", "B"), ("A", "B", "C"), "2 of its 3 columns in another place"),
        (("A", "B"), ("A", "B", "C"), None),
        (("A", "B", "B"), ("A", "A", "B"), None),
        (("A", "B"), (), None),
    ],
)
def test_reordered_columns_are_the_same_ones_in_another_order(
    columns: tuple[str, ...], before: tuple[str, ...], moved: str | None
) -> None:
    signal = drift.reordered("f.csv", "crimes", columns, before)
    assert (signal and signal.level, moved in signal.message if signal and moved else moved) == (
        ("info", True) if moved else (None, None)
    )


def value(text: str | None, known_by: str | None, rows: int = 1) -> Value:
    return Value(f"sha of {text}", text, known_by, rows, 7)


@pytest.mark.parametrize(
    ("values", "level"),
    [
        ([value("Z9", None), value("A1", "code set"), value("M", "map")], "warning"),
        ([value("A1", "code set"), value("M", "map")], "info"),
        ([value("M", "map")], None),
        ([], None),
    ],
)
def test_a_new_value_warns_only_where_nothing_knows_it(values: list[Value], level: str | None) -> None:
    signal = drift.new_values(PLACE, values)
    assert (signal.level if signal else None) == level


def test_new_values_are_counted_and_a_few_are_named() -> None:
    values = [value(f"Z{at}", None, rows=2) for at in range(8)] + [value(None, None)]
    signal = drift.new_values(PLACE, values)
    assert signal is not None
    assert "has 9 values that this force has never sent, in 17 rows, first in row 7: " in signal.message
    assert "'Z0', 'Z1', 'Z2', 'Z3', 'Z4', 4 more not shown." in signal.message


def test_a_signal_that_rejects_is_not_waived(load_with: Loader) -> None:
    waiver = "waivers: [{rule: column_new, reason: Moving, owner: A. Registrar, expires: 2026-09-01}]\nbounds:"
    spec = load_with("bounds:", waiver).spec
    day = spec.layouts[0].valid_from.replace(month=9)
    signals = [
        Signal("column_new", "warning", "New."),
        Signal("column_new", "error", "New."),
        Signal("b", "warning", "B."),
    ]
    assert [item.level for item in drift.with_waivers(signals, spec, day)] == ["info", "error", "warning"]
    assert [item.level for item in drift.with_waivers(signals[:1], spec, day.replace(day=2))] == ["warning"]


def people_frame(**columns: list[Any]) -> pl.DataFrame:
    rows = len(next(iter(columns.values())))
    blank: dict[str, Any] = dict.fromkeys(("role", "observed_ethnicity", "crime_ref"))
    numbers = {"row_number": range(2, rows + 2), "crime_row_number": [None] * rows}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String()))
    return frame.with_columns(
        *(pl.lit(None, pl.String).alias(name) for name in blank if name not in columns),
        *(pl.Series(name, values, dtype=pl.Int64()) for name, values in numbers.items()),
    )


def test_a_profile_counts_values_over_batches_and_keeps_the_first_row(load_with: Loader) -> None:
    source = load_with("Testshire Police", "Testshire Police")
    layout = source.spec.layouts[0]
    profile = Profile()
    for values in (["1", "X1", None], ["X1", "1", "1"], ["x" * 61]):
        batch = Batch((), ("CrimeNo", "IC"))
        profile.add(
            "people", layout.extracts["people"], batch, {"involvement": people_frame(observed_ethnicity=values)}
        )
    place: Place = ("people", "involvement", "observed_ethnicity")
    assert profile.filled[place] == Filled(7, 6)
    codes = read_code_sets(PROJECT_DIR / "dbt_project" / "seeds")
    found = [
        (item.text, item.known_by, item.rows, item.first_row) for _, item in profile.values(source.spec, layout, codes)
    ]
    assert found == [("1", "code set", 3, 2), ("X1", None, 2, 3)]


def test_people_of_two_places_are_counted_once() -> None:
    people = [{"each": each, "columns": {"sex": "sex"}} for each in ("suspects", "victims")]
    extract = Extract.model_validate(
        {"files": "*", "format": {"type": "json"}, "crime": {"columns": {"crime_ref": "ref"}}, "involvement": people}
    )
    profile = Profile()
    mapped = {"crime": pl.DataFrame({"crime_ref": ["A"]}), "involvement": people_frame(sex=["M", "F", None])}
    profile.add("all", extract, Batch(()), mapped)
    assert profile.filled["all", "involvement", "sex"] == Filled(3, 2)


SPEC_FOR_RENAMES = """
source: "43"
name: Testshire Police
status: live
owner: {team: Data team, contact: data@testshire.example}
delivery: {mode: delta}
layouts:
  - valid_from: 2026-01-01
    extracts:
      people:
        files: PEOPLE_*.csv
        format: {type: delimited, delimiter: ",", encoding: utf-8}
        crime:
          where: {Kind: [C]}
          columns:
            crime_ref: CrimeNo
            recorded_on: {from: Recorded, date: dd/mm/yyyy}
        involvement:
          columns:
            surname: Surname
            forenames: "First name"  # as written
            sex: {from: Sex, map: {MALE: M, FEMALE: F}}
examples:
  - extract: people
    record: crime
    given: {CrimeNo: A1, Kind: C, Recorded: 01/08/2026}
    expect: {recorded_on: 2026-08-01}
"""
HEADER = ("CrimeNo", "Kind", "Recorded", "Surname", "First name", "Sex")


@pytest.fixture
def testshire(tmp_path: Path) -> LoadedSource:
    path = tmp_path / "43_testshire.yml"
    path.write_text(SPEC_FOR_RENAMES)
    return load_source(path)


def found_in(
    source: LoadedSource, folder: Path, header: tuple[str, ...], rows: int = 20, before: tuple[str, ...] = ()
) -> list[renames.Rename]:
    path = folder / "PEOPLE_1.csv"
    lines = [f"C{at},C,01/08/2026,Zqx{at},Zqxname,{'MALE' if at % 2 else 'FEMALE'}" for at in range(rows)]
    path.write_text("\n".join([",".join(header), *lines]) + "\n")
    layout = source.spec.layouts[0]
    missing = [column for column in layout.extracts["people"].source_columns() if column not in header]
    return renames.find(path, path.name, "people", layout, source, missing, before)


@pytest.mark.parametrize(
    ("old", "new", "before", "evidence"),
    [
        ("CrimeNo", "crime_no", (), "the names are alike, 100 of 100"),
        ("Surname", "Sur Names", (), "the names are alike, 93 of 100"),
        ("Surname", "LastName", HEADER, "it stands in the same place as in the last accepted delivery"),
        ("Recorded", "Logged", (), "it holds the same kind of values"),
        ("Sex", "Gender", (), "it holds the same kind of values"),
        ("Surname", "LastName", (), None),
        ("Surname", "LastName", (*HEADER, "More"), None),
        ("Surname", "12345", HEADER, None),
        ("Surname", "Zqx7", HEADER, None),
        ("Surname", "zqxNAME", HEADER, None),
        ("Surname", "A" * 61, HEADER, None),
    ],
)
def test_a_rename_rests_on_the_name_the_place_or_the_values(
    testshire: LoadedSource, tmp_path: Path, old: str, new: str, before: tuple[str, ...], evidence: str | None
) -> None:
    header = tuple(new if column == old else column for column in HEADER)
    found = [(item.old, item.new, item.evidence) for item in found_in(testshire, tmp_path, header, before=before)]
    assert found == ([(old, new, evidence)] if evidence else [])


def test_two_columns_renamed_at_once_are_told_apart_by_their_values(testshire: LoadedSource, tmp_path: Path) -> None:
    found = found_in(testshire, tmp_path, ("CrimeNo", "Kind", "Logged", "Surname", "First name", "Gender"))
    assert [(item.old, item.new) for item in found] == [("Recorded", "Logged"), ("Sex", "Gender")]


def test_a_row_that_is_hardly_the_header_proposes_nothing(testshire: LoadedSource, tmp_path: Path) -> None:
    header = ("Crime_No", "Kinds", "Record", "Last", "First name", "Sex")
    assert found_in(testshire, tmp_path, header, before=HEADER) == []


@given(
    st.lists(st.text("abcdeSurnamex019 ", min_size=1, max_size=8).map(str.strip).filter(bool), min_size=6, max_size=6)
)
def test_no_value_of_the_data_is_ever_proposed_as_a_name(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str]
) -> None:
    """A file without its header, whatever stands in its first row, which here stands in it once more."""
    folder = tmp_path_factory.mktemp("headless")
    (folder / "43_testshire.yml").write_text(SPEC_FOR_RENAMES)
    source = load_source(folder / "43_testshire.yml")
    header = (*HEADER[:3], *cells[3:])
    path = folder / "PEOPLE_1.csv"
    path.write_text("\n".join([",".join(header), ",".join(cells)] * 2) + "\n")
    layout = source.spec.layouts[0]
    missing = [column for column in HEADER if column not in header]
    assert renames.find(path, path.name, "people", layout, source, missing, HEADER) == []


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("Surname", "LastName", ["-            surname: Surname", "+            surname: LastName"]),
        (
            "First name",
            "Given: names",
            [
                '-            forenames: "First name"  # as written',
                '+            forenames: "Given: names"  # as written',
            ],
        ),
        (
            "CrimeNo",
            "CrimeNumber",
            [
                "-            crime_ref: CrimeNo",
                "+            crime_ref: CrimeNumber",
                "-    given: {CrimeNo: A1, Kind: C, Recorded: 01/08/2026}",
                "+    given: {CrimeNumber: A1, Kind: C, Recorded: 01/08/2026}",
            ],
        ),
        (
            "Kind",
            "Type",
            [
                "-          where: {Kind: [C]}",
                "+          where: {Type: [C]}",
                "-    given: {CrimeNo: A1, Kind: C, Recorded: 01/08/2026}",
                "+    given: {CrimeNo: A1, Type: C, Recorded: 01/08/2026}",
            ],
        ),
    ],
)
def test_the_change_to_the_yaml_is_a_diff_of_every_line_that_names_the_column(
    testshire: LoadedSource, old: str, new: str, lines: list[str]
) -> None:
    extract = testshire.spec.layouts[0].extracts["people"]
    change = renames.yaml_change(testshire.path, ("layouts", 0, "extracts", "people"), extract, old, new)
    assert change is not None
    head, *rest = change.splitlines()
    assert head == "--- 43_testshire.yml"
    assert [line for line in rest[1:] if not line.startswith("@@")] == lines


@pytest.mark.parametrize(
    ("columns", "unexpected", "found"),
    [
        (("@urn", "Date/Recorded"), (), []),
        (("@urn", "Date/RecordedOn"), ("Date/RecordedOn",), ["Date/Recorded"]),
        (("@urn", "Dates/Recorded"), ("Dates/Recorded",), ["Date/Recorded"]),
        (("@urn", "Dates/RecordedOn"), ("Dates/RecordedOn",), []),
        (("@urn", "Date/Closed"), ("Date/Closed",), []),
        (("@urn",), (), []),
    ],
)
def test_a_place_of_a_document_is_renamed_where_one_step_of_it_is_alike(
    load_with: Loader, columns: tuple[str, ...], unexpected: tuple[str, ...], found: list[str]
) -> None:
    source = load_with(
        'crime_ref: "@urn"', 'crime_ref: "@urn"\n            recorded_on: {from: Date/Recorded, date: yyyy-mm-dd}'
    )
    layout = source.spec.layouts[0]
    layout.extracts["incidents"].involvement.clear()
    signals = list(renames.document_signals("incidents", layout, source, columns, unexpected))
    assert [(signal.code, signal.level, signal.column_name) for signal in signals] == [
        ("column_renamed", "warning", column) for column in found
    ]


def test_a_column_that_one_extract_of_the_file_knows_is_not_new_to_another() -> None:
    one, other = crimes(COMMA, ["A"]), crimes(COMMA, ["B"], ignored=["C"])
    sheet = crimes({**COMMA, "header_row": 2}, ["D"])
    assert drift.unknown_to_all(["B", "C", "D", "E", "E"], one, [one, other, sheet]) == ["D", "E"]


@given(st.text(max_size=80))
def test_a_name_is_shown_by_its_place_unless_it_looks_like_one(name: str) -> None:
    shown = drift.shown_name(name, ("A", name)) if name != "A" else "'A'"
    assert shown == (f"'{name}'" if drift.looks_like_a_name(name) else "column 2")


def test_column_signals_name_what_is_new_and_what_stands_twice() -> None:
    extract: Extract = crimes(COMMA, ["Ref"], ignored=["Note"])
    columns = ("Ref", "Note", "Note", "New", "07700900123")
    found = list(drift.column_signals("f.csv", "crimes", extract, columns, ("New", "07700900123")))
    assert [(signal.code, signal.level, signal.column_name) for signal in found] == [
        ("column_new", "warning", "New"),
        ("column_new", "warning", "column 5"),
        ("column_repeated", "warning", "Note"),
    ]


def test_so_many_new_places_that_they_may_be_values_are_only_counted() -> None:
    extract: Extract = crimes(COMMA, ["Ref"])
    places = tuple(f"people/Zqx{letter}{other}" for letter in "abcdefgh" for other in "abcdefgh")
    (signal,) = drift.column_signals("f.json", "crimes", extract, places, places)
    assert "64 columns or places that are new" in signal.message
    assert "Zqx" not in f"{signal}"


@pytest.mark.parametrize("name", ["N269924", "people/20190/name", "SAMPLETON, Testa"])
def test_what_may_be_a_reference_or_a_person_is_no_name(name: str) -> None:
    assert drift.shown_name(name, ("Ref", name)) == "column 2"


# Rows of a file, as a manifest counts them


@pytest.mark.parametrize(
    ("forms", "rows"),
    [
        pytest.param(
            [
                {"type": "fixed_width", "encoding": "utf-8", "fields": {"Ref": "2-9"}},
                {"type": "fixed_width", "encoding": "utf-8", "fields": {"Ref": "2-9", "Role": "10-10"}},
            ],
            5,
            id="two kinds of lines, each with fields of its own",
        ),
        pytest.param(
            [{"type": "workbook", "sheet": "Crimes"}, {"type": "workbook", "sheet": "People"}], 10, id="sheets"
        ),
        pytest.param(
            [{"type": "json", "row": "crimes"}, {"type": "json", "row": "people"}], 10, id="lists of a document"
        ),
    ],
)
def test_rows_of_a_file_that_several_extracts_read(tmp_path: Path, forms: list[dict[str, Any]], rows: int) -> None:
    extracts = {
        name: {"files": "all_*", "format": form, "crime": {"columns": {"crime_ref": "Ref"}}}
        for name, form in zip(("one", "two"), forms, strict=True)
    }
    layout = Layout.model_validate({"valid_from": "2026-09-01", "extracts": extracts})
    file = PlainFile("all_1", tmp_path, tmp_path, "")
    profile = Profile()
    profile.rows.update(one=5, two=5)
    assert loading._rows_by_file(layout, {"one": file, "two": file}, profile) == {"all_1": rows}
