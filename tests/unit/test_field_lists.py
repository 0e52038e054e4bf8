"""The field list of a packed fixed width file: how it is read, what it makes of the file, and what is wrong with it."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from drafts import World, draft, world
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from csae.cli import app
from csae.onboarding.field_lists import parse_field_list, read_field_list
from csae.onboarding.samples import SampleError
from csae.readers import read_extract
from csae.sources.formats import FixedWidthFormat

CRIME = {"ref": 14, "recorded": 8, "start": 8, "code": 6, "online": 1, "outcome": 2, "outcome_on": 8, "status": 9}
PERSON = {
    "id": 8, "role": 7, "surname": 20, "forenames": 20, "born": 8, "sex": 6, "ethnicity": 2, "nationality": 3,
    "pnc": 13,
}  # fmt: skip
CRIME_NAMES = {
    "ref": "CrimeNo", "recorded": "DateRecorded", "start": "OffenceFrom", "code": "HOCode", "online": "OnlineYN",
    "outcome": "OutcomeNo", "outcome_on": "OutcomeDate", "status": "Status",
}  # fmt: skip
PERSON_NAMES = {
    "id": "PersonNo", "role": "Role", "surname": "Surname", "forenames": "Forenames", "born": "DOB", "sex": "Sex",
    "ethnicity": "SelfDefinedEthnicity", "nationality": "Nationality", "pnc": "PNCID",
}  # fmt: skip
CRIME_TARGETS = {
    "crime_ref": "CrimeNo", "recorded_on": "DateRecorded", "offence_start_on": "OffenceFrom",
    "home_office_code": "HOCode", "is_online": "OnlineYN", "outcome_code": "OutcomeNo", "outcome_on": "OutcomeDate",
    "record_status": "Status",
}  # fmt: skip
PERSON_TARGETS = {
    "person_ref": "PersonNo", "role": "Role", "surname": "Surname", "forenames": "Forenames", "date_of_birth": "DOB",
    "sex": "Sex", "self_defined_ethnicity": "SelfDefinedEthnicity", "nationalities": "Nationality", "pnc_id": "PNCID",
}  # fmt: skip


def packed(row: dict[str, str], widths: dict[str, int]) -> str:
    return "".join(row[name].ljust(width) for name, width in widths.items())


def listed(names: dict[str, str], widths: dict[str, int], at: int = 1) -> list[str]:
    lines = []
    for key, width in widths.items():
        lines.append(f"{names[key]} {at}-{at + width - 1}")
        at += width
    return lines


def one_row_a_person(made: World) -> list[str]:
    crimes = {crime["ref"]: crime for crime in made.crimes}
    return [packed(crimes[person["ref"]], CRIME) + packed(person, PERSON) for person in made.people]


FLAT_LIST = [*listed(CRIME_NAMES, CRIME), *listed(PERSON_NAMES, PERSON, at=57)]


def two_kinds_of_rows(made: World) -> list[str]:
    """A line for each crime, and below it one for each person, each kind of a length of its own."""
    lines = []
    for crime in made.crimes:
        lines.append("O" + packed(crime, CRIME))
        people = [person for person in made.people if person["ref"] == crime["ref"]]
        lines += ["N" + crime["ref"].ljust(14) + packed(person, PERSON) for person in people]
    return lines


KINDS_LIST = [
    "RecordType 1-1", "[O]", *listed(CRIME_NAMES, CRIME, at=2), "[N]", "CrimeNo 2-15",
    *listed(PERSON_NAMES, PERSON, at=16),
]  # fmt: skip


def write(tmp_path: Path, lines: Sequence[str], fields: Sequence[str] = (), end: str = "\r\n") -> tuple[Path, Path]:
    sample, fields_file = tmp_path / "TEST_CSAE_20260901.dat", tmp_path / "fields.txt"
    sample.write_bytes("".join(line + end for line in lines).encode("cp1252"))
    fields_file.write_text("\n".join(fields) + "\n", encoding="utf-8")
    return sample, fields_file


@pytest.mark.parametrize("is_stripped", [False, True], ids=["padded", "blanks at line ends taken off"])
def test_one_row_a_crime_and_person_is_cut_as_the_list_says(tmp_path: Path, is_stripped: bool) -> None:
    made = world("%Y%m%d")
    rows = [row.rstrip() if is_stripped else row for row in one_row_a_person(made)]
    sample, fields = write(tmp_path, [*rows, f"END OF FILE, {len(rows)} LINES"], FLAT_LIST)
    found = draft(tmp_path, sample, more=["--fields", str(fields)], secrets=made.secrets)

    form = found.source.spec.layouts[0].extracts["csae"].format
    assert isinstance(form, FixedWidthFormat)
    assert (form.fields["CrimeNo"], form.fields["PNCID"], form.lines_above) == ("1-14", "131-143", 0)
    assert form.trailer is not None
    assert (form.trailer.rows, form.trailer.row_count, form.trailer.counts) == (1, r"FILE\W*(\d+)", "records")
    assert found.columns("csae") == CRIME_TARGETS
    assert found.columns("csae", "involvement") == PERSON_TARGETS


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("width", [0, 200])
def test_rows_of_two_kinds_are_two_extracts_of_one_file(tmp_path: Path, end: str, width: int) -> None:
    made = world("%Y%m%d")
    rows = [row.ljust(width) for row in two_kinds_of_rows(made)]
    sample, fields = write(tmp_path, ["H77TESTSHIRE20260901", *rows, f"T{len(rows):08d}"], KINDS_LIST, end)
    found = draft(tmp_path, sample, more=["--fields", str(fields)], secrets=made.secrets)

    extracts = found.source.spec.layouts[0].extracts
    assert [(name, extract.files) for name, extract in extracts.items()] == [
        ("crimes", "TEST_CSAE_*.dat"), ("people", "TEST_CSAE_*.dat"),
    ]  # fmt: skip
    for name, kind, record_type in (("crimes", "crime", "O"), ("people", "involvement", "N")):
        extract = extracts[name]
        assert isinstance(extract.format, FixedWidthFormat)
        assert extract.format.lines_above == 1
        assert extract.format.trailer is not None
        assert extract.format.trailer.row_count == r"T(\d+)"
        assert [(own, record.where) for own, record in extract.records] == [(kind, {"RecordType": [record_type]})]
        batches = list(read_extract(sample, sample.name, extract))
        assert [batch.unexpected_columns for batch in batches] == [()]
        assert batches[0].frames[0].height == len([row for row in rows if row.startswith(record_type)])
    assert found.columns("crimes") == CRIME_TARGETS
    assert found.columns("people", "involvement") == {"crime_ref": "CrimeNo", **PERSON_TARGETS}


def test_a_section_of_two_record_types_keeps_the_type_as_the_role(tmp_path: Path) -> None:
    made = world("%Y%m%d")
    widths = {name: width for name, width in PERSON.items() if name != "role"}
    rows = []
    for crime in made.crimes:
        rows.append("C" + packed(crime, CRIME))
        people = [person for person in made.people if person["ref"] == crime["ref"]]
        rows += [person["role"][0] + crime["ref"].ljust(14) + packed(person, widths) for person in people]
    fields = ["Type 1-1", "CrimeNo 2-15", "[C]", *listed(CRIME_NAMES, CRIME, at=2)[1:], "[S, V]",
              *listed(PERSON_NAMES, widths, at=16)]  # fmt: skip
    sample, list_file = write(tmp_path, rows, fields)
    found = draft(tmp_path, sample, more=["--fields", str(list_file)], secrets=made.secrets)

    extract = found.source.spec.layouts[0].extracts["people"]
    assert extract.involvement[0].where == {"Type": ["S", "V"]}
    assert extract.involvement[0].columns["role"].map == {"S": "suspect", "V": "victim"}


@pytest.mark.parametrize("rows", [one_row_a_person, two_kinds_of_rows])
def test_without_a_list_it_is_asked_for(tmp_path: Path, rows: object) -> None:
    assert callable(rows)
    sample, _ = write(tmp_path, rows(world("%Y%m%d")))
    told = CliRunner().invoke(app, ["force", "new", "77", "--name", "T", "--stdout", "--sample", str(sample)])
    assert told.exit_code == 1
    assert "Ask the force for its list of fields" in told.output
    assert "--fields LIST" in told.output


def test_characters_that_the_list_leaves_out_are_asked_for(tmp_path: Path) -> None:
    made = world("%Y%m%d")
    without = [line for line in FLAT_LIST if not line.startswith("Sex")]
    sample, fields = write(tmp_path, one_row_a_person(made), without)
    found = draft(tmp_path, sample, more=["--fields", str(fields)], secrets=made.secrets)
    assert (found.exit_code, "leaves out characters that hold text, 6 between 120 and 125" in found.output) == (1, True)


@pytest.mark.parametrize("mark", [" ", "\t", ",", ";", ":", " : ", ", "])
@pytest.mark.parametrize("between", ["-", " - ", " ", ",", ";"])
def test_a_field_is_written_as_forces_write_it(mark: str, between: str) -> None:
    found = parse_field_list(f"# Their list\n\nDate of birth 2{mark}1{between}8  # yyyymmdd\n", "fields.txt")
    assert [(field.name, field.first, field.last) for field in found.sections[0].fields] == [("Date of birth 2", 1, 8)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("CrimeNo 1-14\nDateRecorded\n", "line 2: is no field; write its name, its first and its last character"),
        ("CrimeNo 1-14\nSex 15\n", "line 2: is no field"),
        ("CrimeNo 0-14\n", "line 1: ends before it begins"),
        ("CrimeNo 1 14\nRecorded 15 8\n", "line 2: ends before it begins; write the first and the last character"),
        ("CrimeNo 1-14\nSex 15-15\nCrimeNo 16-20\n", "line 3: has the name of line 1"),
        ("CrimeNo 1-14\nRecorded 14-21\n", "line 2: takes in characters of line 1"),
        ("Type 1-1\n[O]\nRef 2-9\n[N]\nRef 1-9\n", "line 5: takes in characters of line 1"),
        ("[]\nCrimeNo 1-14\n", "line 1: names no record type"),
        ("[O]\nRef 1-9\n[N, O]\nRef 1-9\n", "line 3: has a record type of line 1 again"),
        ("[O]\n[N]\nRef 1-9\n", "line 1: has no fields below it"),
        ("# Nothing yet\n", "line 1: has no fields below it"),
    ],
)
def test_what_is_wrong_with_a_list_is_said_by_its_line(text: str, told: str) -> None:
    with pytest.raises(SampleError) as error:
        parse_field_list(text, "fields.txt")
    assert str(error.value).startswith(f"fields.txt, {told}")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda lines: [*lines, "Filler 144-200"], "line 18: ends at character 200, but the rows of TEST_CSAE_"),
        (lambda lines: ["[X]", *lines], "line 1: no field that every section has holds these record types"),
    ],
)
def test_a_list_of_another_file_is_refused(tmp_path: Path, change: object, told: str) -> None:
    assert callable(change)
    sample, fields = write(tmp_path, one_row_a_person(world("%Y%m%d")), change(FLAT_LIST))
    command = ["force", "new", "77", "--name", "T", "--stdout", "--sample", str(sample), "--fields", str(fields)]
    refused = CliRunner().invoke(app, command)
    assert (refused.exit_code, f"fields.txt, {told}" in " ".join(refused.output.split())) == (1, True), refused.output


def test_a_list_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SampleError, match="there is no such field list"):
        read_field_list(tmp_path / "none.txt")


@given(st.text(max_size=20), st.text("0123456789 ,;:-#[]\n", max_size=60))
def test_a_file_of_data_in_its_place_is_refused_without_a_word_of_it(name: str, numbers: str) -> None:
    with pytest.raises(SampleError) as error:
        parse_field_list(f"Zqxley{name} 1-8\n[A]\nZqxley 1-8\n{numbers}\nZqxley", "f")
    assert "zqxley" not in str(error.value).lower()


@given(st.lists(st.integers(1, 60), min_size=1, max_size=30), st.sampled_from([" ", ",", ";", "\t", ":"]))
def test_a_list_reads_back_as_it_was_written(widths: list[int], mark: str) -> None:
    ends = [sum(widths[: at + 1]) for at in range(len(widths))]
    spans = [(f"Field{at}", end - width + 1, end) for at, (width, end) in enumerate(zip(widths, ends, strict=True))]
    found = parse_field_list("\n".join(f"{name}{mark}{first}-{last}" for name, first, last in spans), "f")
    assert [(field.name, field.first, field.last) for field in found.sections[0].fields] == spans
