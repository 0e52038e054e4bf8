"""`csae force new`: drafts from samples of layouts that no YAML here describes."""

import gzip
import hashlib
import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import xlsxwriter
from drafts import CODES_2011, CRIME_HEADER, PERSON_HEADER, draft, lines, world
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from csae.cli import app
from csae.onboarding.samples import common_pattern, file_pattern
from csae.onboarding.sniffing import find_encoding, sheet_pattern
from csae.sources import load_source
from csae.synthetic import Plan, personal_values, write_deliveries


def test_camel_case_people_nested_in_lines_of_json_packed_with_gzip(tmp_path: Path) -> None:
    made = world("%Y-%m-%dT00:00:00Z")
    records = [
        {
            "crimeReference": crime["ref"],
            "recordedAt": crime["recorded"],
            "offence": {
                "homeOfficeCode": crime["code"],
                "startedAt": crime["start"],
                "isOnline": crime["online"] == "Y",
            },
            "outcome": {"code": crime["outcome"], "date": crime["outcome_on"]} if crime["outcome"] else None,
            "recordStatus": crime["status"],
            "involvedPeople": [
                {
                    "personId": person["id"],
                    "role": person["role"],
                    "name": {"family": person["surname"], "given": person["forenames"]},
                    "dateOfBirth": person["born"],
                    "sex": person["sex"],
                    "selfDefinedEthnicity": person["ethnicity"] or None,
                    "nationalities": [person["nationality"], "FRA"]
                    if person["nationality"] == "POL"
                    else [person["nationality"]],
                    "pncId": person["pnc"],
                }
                for person in made.people
                if person["ref"] == crime["ref"]
            ],
        }
        for crime in made.crimes
    ]
    file = tmp_path / "testshire-csae-20260901.ndjson.gz"
    file.write_bytes(gzip.compress("".join(json.dumps(record) + "\n" for record in records).encode()))
    found = draft(tmp_path, file, secrets=made.secrets)

    extract = found.source.spec.layouts[0].extracts["csae"]
    assert (extract.files, extract.format.type) == ("testshire-csae-*.ndjson.gz", "ndjson")
    assert found.columns("csae") == {
        "crime_ref": "crimeReference", "recorded_on": "recordedAt", "offence_start_on": "offence/startedAt",
        "home_office_code": "offence/homeOfficeCode", "is_online": "offence/isOnline", "outcome_code": "outcome/code",
        "outcome_on": "outcome/date", "record_status": "recordStatus",
    }  # fmt: skip
    assert found.columns("csae", "involvement") == {
        "person_ref": "personId", "role": "role", "surname": "name/family", "forenames": "name/given",
        "date_of_birth": "dateOfBirth", "sex": "sex", "self_defined_ethnicity": "selfDefinedEthnicity",
        "nationalities": "nationalities", "pnc_id": "pncId",
    }  # fmt: skip
    assert extract.involvement[0].each == "involvedPeople"
    assert found.exit_code == 0


def test_utf_16_tabs_with_lines_above_the_header_and_a_count_below(tmp_path: Path) -> None:
    made = world("%d-%b-%Y")
    header = {**CRIME_HEADER, "note": "Last Updated By"}
    rows = [{**crime, "note": "system"} for crime in made.crimes]
    text = "Testshire Police\r\nCSAE extract, official\r\n\r\n" + lines(rows, header, "\t") + f"Rows: {len(rows)}\r\n"
    crimes = tmp_path / "TESTSHIRE_CRIMES_20260901.txt"
    crimes.write_bytes(text.encode("utf-16"))
    people = tmp_path / "TESTSHIRE_PEOPLE_20260901.txt"
    people.write_bytes(lines(made.people, PERSON_HEADER, "\t").encode("utf-16-le"))
    found = draft(tmp_path, crimes, people, secrets=made.secrets)

    crime, person = (found.source.spec.layouts[0].extracts[name].format for name in ("crimes", "people"))
    assert crime.model_dump(exclude_none=True) == {
        "type": "delimited", "delimiter": "\t", "encoding": "utf-16", "quote": '"', "header_row": 4,
        "trailer": {"rows": 1, "row_count": r"Rows\W*(\d+)", "counts": "records"}, "ends_with_newline": True,
    }  # fmt: skip
    assert person.model_dump()["encoding"] == "utf-16-le"
    assert found.columns("crimes")["recorded_on"] == "Date Recorded"
    assert found.source.spec.layouts[0].extracts["crimes"].crime.columns["recorded_on"].date == ["dd-mon-yyyy"]  # type: ignore[union-attr]
    assert found.source.spec.layouts[0].extracts["crimes"].ignored_columns == ["Last Updated By"]
    assert found.columns("people", "involvement")["crime_ref"] == "Crime Number"


def test_a_zip_of_two_semicolon_files_with_a_manifest(tmp_path: Path) -> None:
    made = world()
    members = {
        "crimes_20260901.csv": lines(made.crimes, CRIME_HEADER, ";").encode("cp1252"),
        "people_20260901.csv": lines(made.people, PERSON_HEADER, ";").encode("cp1252"),
    }
    manifest = "FileName;RowCount;Bytes;SHA256\r\n" + "".join(
        f"{name};{content.count(bytes([10])) - 1};{len(content)};{hashlib.sha256(content).hexdigest()}\r\n"
        for name, content in members.items()
    )
    file = tmp_path / "TESTSHIRE 01-09-2026.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in {**members, "manifest_20260901.csv": manifest.encode()}.items():
            archive.writestr(name, content)
    found = draft(tmp_path, file, secrets=made.secrets)

    layout = found.source.spec.layouts[0]
    assert layout.archive == "TESTSHIRE *.zip"
    assert layout.manifest is not None
    assert (layout.manifest.files, layout.manifest.file, layout.manifest.rows, layout.manifest.sha256) == (
        "manifest_*.csv", "FileName", "RowCount", "SHA256",
    )  # fmt: skip
    assert {name: extract.files for name, extract in layout.extracts.items()} == {
        "crimes": "crimes_*.csv", "people": "people_*.csv",
    }  # fmt: skip


def test_a_workbook_whose_cover_sheet_holds_no_records_is_not_ignored(tmp_path: Path) -> None:
    made = world("%Y-%m-%d")
    file = tmp_path / "CSAE return 2026-09.xlsx"
    with xlsxwriter.Workbook(file) as book:
        cover = book.add_worksheet("Cover")
        for at, row in enumerate([("CSAE monthly return", ""), ("Force", "Testshire"), ("Contact", "The team")]):
            cover.write_row(at, 0, row)
        for name, header, rows in (("Crimes", CRIME_HEADER, made.crimes), ("People", PERSON_HEADER, made.people)):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, header.values())
            for at, one in enumerate(rows):
                sheet.write_row(at + 1, 0, [one[key] for key in header])
    found = draft(tmp_path, file, secrets=made.secrets)

    layout = found.source.spec.layouts[0]
    assert list(layout.extracts) == ["crimes", "people"]
    assert layout.ignored_files == []
    assert "ASK: CSAE return" not in found.text


def test_a_sample_that_cannot_be_used_is_told_but_not_ignored_when_an_extract_has_its_name(tmp_path: Path) -> None:
    files = flat(tmp_path, CODES_2011)
    broken = tmp_path / "testshire_20260902.csv"
    broken.write_text("nothing\n")
    found = draft(tmp_path, *files, broken)
    assert found.source.spec.layouts[0].ignored_files == []
    assert "# ASK: testshire_20260902.csv: no delimiter" in found.text


def test_welsh_headers_with_a_byte_order_mark_and_line_breaks_in_cells(tmp_path: Path) -> None:
    made = world("%Y-%m-%d")
    header = {
        "ref": "Rhif Trosedd", "recorded": "Dyddiad Cofnodi", "start": "Dyddiad y Drosedd",
        "code": "Cod Swyddfa Gartref", "online": "Ar-lein", "status": "Statws", "notes": "Nodiadau",
        "id": "Rhif Person", "role": "Rôl", "surname": "Cyfenw", "forenames": "Enw Cyntaf",
        "born": "Dyddiad Geni", "sex": "Rhyw", "ethnicity": "Ethnigrwydd",
        "nationality": "Cenedligrwydd", "pnc": "Rhif PNC",
    }  # fmt: skip
    welsh = {"Suspect": "Drwgdybiedig", "Victim": "Dioddefwr", "Male": "Gwryw", "Female": "Benyw", "Live": "Byw",
             "Cancelled": "Canslwyd", "Y": "Oes", "N": "Nac oes"}  # fmt: skip
    crimes = {crime["ref"]: crime for crime in made.crimes}
    rows = [
        {name: welsh.get(text, text) for name, text in {**crimes[person["ref"]], **person}.items()}
        | {"notes": '"un\ndau; tri"'}
        for person in made.people
    ]
    file = tmp_path / "heddlu_csae_2026-09-01.csv"
    file.write_bytes(lines(rows, header, ",", "\n").encode("utf-8-sig"))
    found = draft(tmp_path, file, secrets=made.secrets)

    both = found.columns("csae") | found.columns("csae", "involvement")
    expected = {
        "crime_ref": "ref", "recorded_on": "recorded", "offence_start_on": "start", "home_office_code": "code",
        "is_online": "online", "record_status": "status", "person_ref": "id", "role": "role", "surname": "surname",
        "forenames": "forenames", "date_of_birth": "born", "sex": "sex", "self_defined_ethnicity": "ethnicity",
        "nationalities": "nationality", "pnc_id": "pnc",
    }  # fmt: skip
    assert both == {target: header[key] for target, key in expected.items()}
    assert found.source.spec.layouts[0].extracts["csae"].ignored_columns == ["Nodiadau"]


@pytest.mark.parametrize(
    ("codes", "scheme", "asks"),
    [
        (("W1", "A4", "W3", "NS"), "self_defined_2011", True),  # in 2021 too
        (("W1", "A4", "W4", "NS"), "self_defined_2021", False),
        (("W1", "O1", "A2", "NS"), "self_defined_2011", True),  # Chinese or Arab: neither is chosen
        (("W1", "A4", "O2", "NS"), "self_defined_2011", False),
        (("W1", "W4", "O1", "O2"), "self_defined_2021", True),
        (("W1", "W5", "W4", "UN"), "prison_and_probation", False),
    ],
)
def test_the_code_set_is_asked_for_where_several_fit(
    tmp_path: Path, codes: tuple[str, ...], scheme: str, asks: bool
) -> None:
    found = draft(tmp_path, *flat(tmp_path, codes))
    column = found.source.spec.layouts[0].extracts["csae"].involvement[0].columns["self_defined_ethnicity"]
    assert column.codes == scheme
    assert ("# ASK" in re.sub(r"answer every ASK", "", found.text)) == asks
    assert found.exit_code == (1 if asks else 0)


def test_a_named_code_set_is_taken_and_nothing_is_asked(tmp_path: Path) -> None:
    files = flat(tmp_path, ("W1", "O1", "A2", "NS"))
    found = draft(tmp_path, *files, more=["--code-set", "Self Defined Ethnicity=self_defined_2001"])
    column = found.source.spec.layouts[0].extracts["csae"].involvement[0].columns["self_defined_ethnicity"]
    assert (column.codes, found.exit_code, "# ASK" in found.text) == ("self_defined_2001", 0, False)


def flat(tmp_path: Path, codes: Sequence[str]) -> list[Path]:
    made = world()
    crimes = {crime["ref"]: crime for crime in made.crimes}
    rows = [
        {**crimes[person["ref"]], **person, "ethnicity": codes[at % len(codes)]}
        for at, person in enumerate(made.people)
    ]
    file = tmp_path / "testshire_20260901.csv"
    file.write_text(lines(rows, {**CRIME_HEADER, **PERSON_HEADER}, ","), encoding="utf-8")
    return [file]


def test_a_day_below_a_header_that_is_not_wanted_is_offered_and_asked_for(tmp_path: Path) -> None:
    made = world()
    file = tmp_path / "crimes_20260901.csv"
    header = {**CRIME_HEADER, "recorded": "createdAt", "place": "Beat"}
    file.write_text(lines([{**crime, "place": "Zqxton"} for crime in made.crimes], header, ","), encoding="utf-8")
    found = draft(tmp_path, file, more=["--json"], secrets=made.secrets)

    matched = {column["column"]: column for column in json.loads(found.output)["columns"]}
    assert (matched["createdAt"]["targets"], matched["createdAt"]["confidence"]) == (["recorded_on"], "low")
    assert found.columns("crimes")["recorded_on"] == "createdAt"
    assert "# ASK: no header says which column is recorded_on" in found.text
    assert found.source.spec.layouts[0].extracts["crimes"].ignored_columns == ["Beat"]
    assert found.exit_code == 1


def test_a_day_that_is_ignored_is_never_surely_ignored(tmp_path: Path) -> None:
    made = world()
    file = tmp_path / "crimes_20260901.csv"
    rows = [{**crime, "changed": crime["recorded"]} for crime in made.crimes]
    file.write_text(lines(rows, {**CRIME_HEADER, "changed": "Last Updated"}, ","), encoding="utf-8")
    found = draft(tmp_path, file, more=["--json"], secrets=made.secrets)

    matched = {column["column"]: column for column in json.loads(found.output)["columns"]}
    assert (matched["Last Updated"]["targets"], matched["Last Updated"]["confidence"]) == ([], "medium")
    assert found.columns("crimes")["recorded_on"] == "Date Recorded"


def test_json_names_every_column_with_its_score(tmp_path: Path) -> None:
    path = tmp_path / "draft.yml"
    files = map(str, flat(tmp_path, CODES_2011))
    command = ["force", "new", "77", "--name", "T", "--output", str(path), "--sample", *files]
    found = json.loads(CliRunner().invoke(app, [*command, "--json"]).output)
    assert {column["column"] for column in found["columns"]} == {*CRIME_HEADER.values(), *PERSON_HEADER.values()}
    assert all(0 <= column["score"] <= 1 and column["evidence"] for column in found["columns"])
    assert found["extracts"]["csae"]["files"] == "testshire_*.csv"


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "draft.yml"
    path.write_text("kept")
    files = map(str, flat(tmp_path, CODES_2011))
    command = ["force", "new", "77", "--name", "T", "--output", str(path), "--sample", *files]
    refused = CliRunner().invoke(app, command)
    assert (refused.exit_code, path.read_text()) == (2, "kept")  # `csae` makes 64 of it
    CliRunner().invoke(app, [*command, "--force"])
    assert load_source(path).spec.source == "77"


@pytest.mark.parametrize(
    "arguments",
    [
        ["7"],
        ["77", "--code-set", "Ethnicity"],
        ["77", "--code-set", "Ethnicity=klingon"],
        ["77", "--system", "none"],
        ["76"],
    ],
)
def test_wrong_usage_is_refused(tmp_path: Path, arguments: list[str]) -> None:
    name = [] if arguments == ["76"] else ["--name", "T"]
    command = ["force", "new", *arguments, "--sample", *map(str, flat(tmp_path, CODES_2011)), *name, "--stdout"]
    assert CliRunner().invoke(app, command).exit_code == 2


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("GMP_CSAE_CRIME_20260901.csv", "GMP_CSAE_CRIME_*.csv"),
        ("SYP CSAE 01-09-2026.xlsx", "SYP CSAE *.xlsx"),
        ("06_extract_2026-09-01T0300.csv.gz", "06_extract_*.csv.gz"),
        ("crimes.20260901.csv", "crimes.*.csv"),
        ("Crimes 1 September 2026.csv", "Crimes *.csv"),
        ("batch_00017.xml", "batch_*.xml"),
        ("people.csv", "people.csv"),
        ("CSAE return Nov 2026.xlsx", "CSAE return *.xlsx"),
        ("CSAE return November.xlsx", "CSAE return *.xlsx"),
        ("CSAE_Sept_26.csv", "CSAE_*.csv"),
        ("Maybury March.csv", "Maybury *.csv"),
        ("DERBY.CSAE.D20261123", "DERBY.CSAE.D*"),
        ("DERBY.CSAE.D20261123.T030000", "DERBY.CSAE.D*.T*"),
    ],
)
def test_dates_and_running_numbers_of_a_name_become_a_star(name: str, pattern: str) -> None:
    assert file_pattern(name) == pattern


@pytest.mark.parametrize(
    ("sheet", "pattern"),
    [
        ("Crimes Nov 2026", "Crimes *"),
        ("Crimes Nov", "Crimes *"),
        ("People November 2026", "People *"),
        ("2026-11-23", "*"),
        ("D20261123", "D*"),
        ("Mayors", "Mayors"),
        ("Ethnicity 18+1", "Ethnicity 18+1"),
        ("Sheet1", "Sheet1"),
    ],
)
def test_dates_and_months_of_a_sheet_become_a_star(sheet: str, pattern: str) -> None:
    assert sheet_pattern(sheet) == pattern


def test_names_that_differ_in_words_share_what_is_common() -> None:
    assert common_pattern(["crimes_north_*.csv", "crimes_south_*.csv"]) == "crimes_*th_*.csv"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1))
def test_utf_8_is_known_for_what_it_is(text: str) -> None:
    content = text.encode()
    assert content.decode(find_encoding(content)[0], "strict") or text == "\ufeff"


@pytest.mark.parametrize(
    ("encoding", "text", "found"),
    [
        ("cp1252", "Zoë;Renée;O’Neill", "cp1252"),
        ("iso-8859-14", "Siân Llŷr;Gŵyr;tŷ", "iso-8859-14"),
        ("cp850", "Zoë;Renée;André", "cp850"),
        ("utf-16", "Ref;Name", "utf-16"),
        ("utf-16-le", "Ref;Name", "utf-16-le"),
        ("utf-16-be", "Ref;Name", "utf-16-be"),
        ("utf-8-sig", "Ref;Enw Zoë", "utf-8"),
    ],
)
def test_an_encoding_shows_in_its_bytes(encoding: str, text: str, found: str) -> None:
    assert find_encoding((text * 5).encode(encoding))[0] == found


@dataclass(frozen=True)
class Deliveries:
    """One night of a few sources in different formats, and what must be seen nowhere."""

    folder: Path
    personal: frozenset[str]


SOURCES = {"05": "fixed width", "10": "XML", "43": "a zip", "45": "NDJSON", "62": "a workbook", "93": "JSON"}
CANNOT_BE_CUT = "05"
"""No list of its fields is given, and what is said of that must show no row either."""


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Deliveries:
    plan = Plan(seed=7, forces=tuple(SOURCES), crimes=300, nights=1)
    folder = tmp_path_factory.mktemp("landing")
    write_deliveries(plan, folder)
    personal = frozenset(personal_values(plan))
    assert len(personal) > 1000
    return Deliveries(folder, personal)


@pytest.mark.parametrize("source", SOURCES, ids=SOURCES.values())
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_no_personal_value_is_written_or_shown(
    deliveries: Deliveries, tmp_path: Path, source: str, more: list[str]
) -> None:
    path = tmp_path / "draft.yml"
    files = map(str, (deliveries.folder / source).rglob("*.*"))
    result = CliRunner().invoke(app, ["force", "new", source, "--sample", *files, "--output", str(path), *more])
    assert path.exists() == (source != CANNOT_BE_CUT), result.output
    for text in (result.output, path.read_text(encoding="utf-8") if path.exists() else ""):
        assert not [value for value in deliveries.personal if value in text]
