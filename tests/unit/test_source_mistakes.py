"""Every mistake in a source's YAML is refused with the file, the line and the remedy."""

from collections.abc import Callable
from pathlib import Path

import pytest

from csae.sources import LoadedSource, SourceError, load_source
from csae.sources.documents import read_document

LoadWith = Callable[[str, str], LoadedSource]

CRIME_COLUMNS = (
    "crime_ref, recorded_on, offence_start_on, home_office_code, cjs_code, offence_title, offence_category, "
    "is_online, is_group_based, is_child_abuse_flagged, outcome_code, outcome_on, record_status, transfer_direction, "
    "transfer_force, transfer_ref"
)
CODE_SETS = (
    "country_name, iso_alpha2, iso_alpha3, nationality_demonym, officer_observed_ic, officer_observed_label, "
    "prison_and_probation, prison_and_probation_nationality, self_defined_2001, self_defined_2011, self_defined_2021"
)
FORMAT_TYPES = "delimited, fixed_width, workbook, xml, json or ndjson"
DATE_FORMATS = (
    "yyyy-mm-dd, dd/mm/yyyy, dd mon yyyy, dd-mon-yyyy, yyyymmdd, dd/mm/yyyy hh:mm, yyyy-mm-ddThh:mm:ssZ, excel"
)
ENCODINGS = "'utf-8', 'utf-16', 'utf-16-le', 'utf-16-be', 'cp1252', 'iso-8859-1', 'iso-8859-14' or 'cp850'"

# What is right in forces/43_testshire.yml, what stands there instead, and what is said of it.
Mistakes = dict[str, tuple[str, str, str]]

KEYS: Mistakes = {
    "unknown key": ("owner:", "ower:", "line 5: unknown key 'ower'; did you mean 'owner'?"),
    "unlike any key": ("{mode:", "{x: y, mode:", "line 6: unknown key 'x'; known here: mode, due."),
    "of an extract": ("files: C", "fils: C", "line 11: unknown key 'fils'; did you mean 'files'?"),
    "of a format": ("encoding:", "encodin:", "line 12: unknown key 'encodin'; did you mean 'encoding'?"),
    "of a column": ("required:", "requird:", "line 15: unknown key 'requird'; did you mean 'required'?"),
    "of a record": ("each:", "eech:", "line 33: unknown key 'eech'; did you mean 'each'?"),
    "of a bound": ("max: 50", "mx: 50", "line 41: unknown key 'mx'; did you mean 'max'?"),
    "missing": ("name: Testshire Police\n", "", "line 1: 'name' is missing; add it."),
    "missing in a format": (", encoding: cp1252", "", "line 12: 'encoding' is missing; add it."),
    "twice": ("status:", "name: X\nstatus:", "line 4: 'name' stands twice (first on line 2); take one of them away."),
    "code twice": ("{O2:", "{O2: W4, O2:", "line 39: 'O2' stands twice (first on line 39); take one of them away."),
}
VALUES: Mistakes = {
    "source": ('"43"', '"6"', """line 1: 'source' must be two digits, such as "06"."""),
    "system": ("alpha", "beta", "line 3: there is no systems/beta.yml; known systems: alpha."),
    "status": ("live", "lve", "line 4: 'status' must be 'draft', 'trial', 'live' or 'retired'."),
    "nothing for text": ("Data team", "", "line 5: 'team' has no value; give it one."),
    "list for text": ("Data team", "[a]", "line 5: 'team' must be text."),
    "text for keys": ("{mode: delta}", "delta", "line 6: 'delivery' must hold keys and values."),
    "day": ("2026-01-01", "01/01/2026", "line 8: 'valid_from' must be a day, such as 2026-09-01."),
    "no such day": ("2026-01-01", "2026-02-30", "line 8: 'valid_from' must be a day, such as 2026-09-01."),
    "yes or no": ("required: true", "required: maybe", "line 15: 'required' must be true or false."),
    "number": ("header_row: 3", "header_row: three", "line 21: 'header_row' must be a whole number."),
    "number too low": ("header_row: 3", "header_row: 0", "line 21: 'header_row' must be 1 or more."),
    "bounds crossed": ("max: 50", "max: 0", "line 41: 'max' must not be below 'min'."),
}
FORMATS: Mistakes = {
    "unknown": ("delimited", "csv", f"line 12: 'format' needs type: {FORMAT_TYPES}."),
    "no type": ("type: delimited, ", "", f"line 12: 'format' needs type: {FORMAT_TYPES}."),
    "no sheet": ("sheet: People, ", "", "line 21: 'sheet' is missing; add it."),
    "encoding": ("cp1252", "latin1", f"line 12: 'encoding' must be {ENCODINGS}."),
    "delimiter too long": ('"|"', '"||||||"', "line 12: 'delimiter' must be 5 characters at the most."),
    "no delimiter": ('"|"', '""', "line 12: 'delimiter' must not be empty."),
    "delimiter is the quote": (
        '"|"',
        "'\"'",
        "line 12: 'delimiter' must differ from 'quote', and neither may be a line end.",
    ),
    "each outside XML": (
        "involvement:\n",
        "involvement:\n          each: Person\n",
        "line 23: 'each' is only for people nested in a crime in format xml or json; take it away.",
    ),
    "each is no element": ("Person", "//Person", "line 33: 'each' must be an element below the row: Tag or Tag/Tag."),
    "place in XML": (
        '"@urn"',
        "Unit Ref",
        "line 31: 'crime_ref' must come from a place in XML: Tag, Tag/Tag, Tag/@attribute or @attribute.",
    ),
}
COLUMNS: Mistakes = {
    "unknown": (
        "outcome_code:",
        "outcome:",
        f"line 18: 'outcome' is not a column of the dataset's crime; use one of {CRIME_COLUMNS}.",
    ),
    "from nowhere": (
        "crime_ref: CrimeNo",
        "crime_ref: {}",
        "line 24: 'crime_ref' needs 'from', the force's column, or 'value', the same for every record, or 'filled'; "
        "one of them.",
    ),
    "empty": (
        "crime_ref: CrimeNo",
        "crime_ref:",
        "line 24: 'crime_ref' must be a column's name, or keys such as {from: Name}.",
    ),
    "crimes without reference": (
        "crime_ref: {from: CrimeNo, required: true}\n            ",
        "",
        "line 13: 'crime' has crimes without 'crime_ref': add the column that holds the crime's reference.",
    ),
    "people without a crime": (
        "crime_ref: CrimeNo\n            ",
        "",
        "line 22: 'involvement' has people without 'crime_ref': add the column that names their crime.",
    ),
    "no date format": (
        ", date: dd/mm/yyyy",
        "",
        f"line 16: 'recorded_on' needs its date format; add date, such as {DATE_FORMATS}.",
    ),
    "date format": (
        "dd/mm/yyyy",
        "dd/mm/yy",
        "line 16: 'date' does not know the date format 'dd/mm/yy' (a year of two digits does not say its century); "
        f"write it like one of {DATE_FORMATS}.",
    ),
    "date format of no date": (
        "map: yes_no",
        "date: yyyymmdd",
        "line 17: 'is_online' is not a date; take 'date' away.",
    ),
    "map": (
        "map: yes_no",
        "map: yes",
        "line 17: 'map' is 'yes', which neither this file nor its system has; known maps: role, yes_no.",
    ),
    "map that is a list": (
        "map: yes_no",
        "map: [yes_no]",
        "line 17: 'map' must be the name of a map, or a map such as {Y: \"true\"}.",
    ),
    "map to a list": ("map: yes_no", "map: {Y: [a]}", "line 17: 'Y' must be text."),
    "map with a comma in a text": (
        "map: yes_no",
        'map: {Yes, indeed: "true"}',
        "line 17: 'Yes' has no value; give it one, or put a text with a comma in quotes.",
    ),
    "regular expression": (
        "'^(.+) - '",
        "'^(.+ - '",
        "line 18: 'extract' is not a regular expression: missing ), unterminated subpattern at position 1.",
    ),
    "no group": (
        "'^(.+) - '",
        "'^.+'",
        "line 18: 'extract' has 0 groups in parentheses; give it exactly one, the part to keep.",
    ),
    "map to what is no value of the column": (
        "{S: suspect",
        "{S: suspct",
        "line 35: 'map' leads from 'S' to 'suspct', and role can only be suspect or victim.",
    ),
    "shared map to what is no value of the column": (
        "map: role",
        "map: yes_no",
        "line 35: 'map' leads from 'Y' to 'true', and role can only be suspect or victim.",
    ),
    "both from and value": (
        "{from: CrimeNo, required: true}",
        "{from: CrimeNo, value: x}",
        "line 15: 'crime_ref' needs 'from', the force's column, or 'value', the same for every record, or 'filled'; "
        "one of them.",
    ),
    "part below the first": (
        "{from: CrimeNo, required: true}",
        "{from: CrimeNo, take: 0}",
        "line 15: 'take' must be all, first, last or a number, 1 being the first.",
    ),
    "empty separator": ("map: yes_no", 'split: ""', "line 17: 'split' must not be empty."),
    "used and ignored": (
        "files: CRIME_*.csv\n",
        "files: CRIME_*.csv\n        ignored_columns: [CrimeNo]\n",
        "line 12: 'ignored_columns' names 'CrimeNo', which a record uses; take it out of one of the two.",
    ),
    "look-around": (
        "'^(.+) - '",
        "'^(.+)(?= - )'",
        "line 18: 'extract' uses look-around or a back-reference, which do not work here; write it without.",
    ),
}
CODES: Mistakes = {
    "set unknown": (
        "codes: officer_observed_ic",
        "codes: ic",
        f"line 25: 'codes' does not know the code set 'ic'; use one of {CODE_SETS}.",
    ),
    "set missing": (
        ", codes: officer_observed_ic",
        "",
        "line 25: 'observed_ethnicity' needs the code set that it is written in; "
        "add codes: one of officer_observed_ic, officer_observed_label.",
    ),
    "set of another column": (
        "codes: officer_observed_ic",
        "codes: iso_alpha3",
        "line 25: 'observed_ethnicity' needs the code set that it is written in; "
        "add codes: one of officer_observed_ic, officer_observed_label.",
    ),
    "set of no coded column": (
        "map: yes_no",
        "codes: iso_alpha3",
        "line 17: 'is_online' is not a coded column; take 'codes' away.",
    ),
    "own codes of an unknown set": (
        "self_defined_2021: {",
        "self_defined: {",
        f"line 39: 'self_defined' is not a code set; use one of {CODE_SETS}.",
    ),
    "own code for a harmonised one that there is not": (
        "{O2: O2}",
        "{O2: Arab}",
        "line 39: 'O2' is 'Arab', which is not a harmonised code of self_defined_ethnicity.",
    ),
}
EXPECTED: Mistakes = {
    "due": (
        "{mode: delta}",
        "{mode: delta, due: nightly}",
        "line 6: 'due' must be 'daily 03:00', 'weekdays 03:00', 'weekly monday 03:00' or 'monthly 5 03:00'.",
    ),
    "due on a day that some months lack": (
        "{mode: delta}",
        "{mode: delta, due: monthly 31 03:00}",
        "line 6: 'due' must name a day of the month that every month has: 1 to 28.",
    ),
    "mode": ("mode: delta", "mode: full", "line 6: 'mode' must be 'delta' or 'snapshot'."),
    "waiver of a rule that cannot be waived": (
        "bounds:",
        "waivers:\n  - {rule: role_missing, reason: r, owner: o, expires: 2026-12-31}\nbounds:",
        "line 41: 'rule' is 'role_missing', which cannot be waived; use one of delivery_missing, delivery_rejected, "
        "too_few_crimes, too_many_quarantined, too_many_undecoded, many_crimes, column_new, columns_reordered, "
        "value_new, volume_jump, missingness_jump.",
    ),
    "waiver for ever": (
        "bounds:",
        "waivers:\n  - {rule: value_new, reason: r, owner: o}\nbounds:",
        "line 41: 'expires' is missing; add it.",
    ),
    "example of no extract": (
        "bounds:",
        "examples:\n  - extract: crime\n    given: {CrimeNo: A1}\n    expect: {crime_ref: A1}\nbounds:",
        "line 41: 'extract' is 'crime', which no layout has; known extracts: crimes, people, incidents.",
    ),
    "example of another column": (
        "bounds:",
        "examples:\n  - extract: crimes\n    given: {CrimeNumber: A1}\n    expect: {crime_ref: A1}\nbounds:",
        "line 42: 'CrimeNumber' is a column that the extract 'crimes' neither uses nor ignores.",
    ),
    "example whose value is a map": (
        "bounds:",
        "examples:\n  - extract: crimes\n    given: {CrimeNo: {a: b}}\n    expect: {crime_ref: A1}\nbounds:",
        "line 42: 'CrimeNo' must be text, or a list such as [a, b].",
    ),
    "example that expects another kind's column": (
        "bounds:",
        "examples:\n  - extract: crimes\n    given: {CrimeNo: A1}\n    expect: {sex: M}\nbounds:",
        "line 43: 'sex' is not a column of the dataset's crime.",
    ),
    "manifest that checks nothing": (
        "    extracts:",
        "    manifest: {files: m.csv, format: {type: ndjson}, file: name}\n    extracts:",
        "line 9: 'manifest' checks nothing; name its column of 'rows', 'sha256' or 'md5'.",
    ),
}
FILES: Mistakes = {
    "span": (
        "{type: workbook, sheet: People, header_row: 3}",
        "{type: fixed_width, encoding: utf-8, fields: {CrimeNo: 1-14, IC: 15}}",
        "line 21: 'IC' must be its first and last character, counted from 1, such as 1-14.",
    ),
    "field that is not cut out": (
        "{type: workbook, sheet: People, header_row: 3}",
        "{type: fixed_width, encoding: utf-8, fields: {CrimeNo: 1-14}}",
        "line 25: 'observed_ethnicity' comes from 'IC', which is not a field of 'format'; add it to 'fields'.",
    ),
    "ignored rows of a field that is not cut out": (
        "        format: {type: workbook, sheet: People, header_row: 3}",
        "        ignored_rows: {Kind: [T]}\n"
        "        format: {type: fixed_width, encoding: utf-8, fields: {CrimeNo: 1-14, IC: 15-15}}",
        "line 21: 'Kind' in 'ignored_rows' is not a field of 'format'.",
    ),
    "column of a file without header": (
        "{type: workbook, sheet: People, header_row: 3}",
        "{type: delimited, delimiter: tab, encoding: utf-16, header: [CrimeNo, Ethnicity]}",
        "line 25: 'observed_ethnicity' comes from 'IC', which is not a field of 'format'; add it to 'header'.",
    ),
    "kind of rows in a field that there is not": (
        "{type: workbook, sheet: People, header_row: 3}\n        involvement:",
        "{type: fixed_width, encoding: utf-8, fields: {CrimeNo: 1-14, IC: 15-15}}\n        involvement:\n"
        "          where: {Kind: [P]}",
        "line 23: 'Kind' in 'where' is not a field of 'format'; add it to 'fields'.",
    ),
    "trailer's count": (
        "encoding: cp1252}",
        "encoding: cp1252, trailer: {row_count: total}}",
        "line 12: 'row_count' has 0 groups in parentheses; give it exactly one, the part to keep.",
    ),
    "unknown key of a trailer": (
        "encoding: cp1252}",
        "encoding: cp1252, trailer: {rowcount: x}}",
        "line 12: unknown key 'rowcount'; did you mean 'row_count'?",
    ),
    "row in XML": (
        "row: Incident",
        "row: //Incident",
        "line 28: 'row' must be an element below the root: Tag or Tag/Tag.",
    ),
    "count of a record a line": (
        "{type: xml, row: Incident}",
        "{type: ndjson, row: incidents}",
        "line 28: 'row' is only for type json, which is one document; take it away.",
    ),
    "case reviews beside crimes": (
        "        involvement:\n          each: Person",
        "        case_review: {columns: {case_ref: Case}}\n        involvement:\n          each: Person",
        "line 32: 'case_review' stands beside crimes or people; give case reviews an extract of their own.",
    ),
}
YAML: Mistakes = {
    "bracket": ("V: victim}", "V: victim", "line 38: not YAML (expected ',' or '}', but got ':'); correct this line."),
    "alias": ("live", "*live", "line 4: not YAML (found undefined alias 'live'); correct this line."),
    "tag": (
        "live",
        "!live x",
        "line 4: not YAML (could not determine a constructor for the tag '!live'); correct this line.",
    ),
    "tab": (
        "status:",
        "\tstatus:",
        "line 4: not YAML (found character '\\t' that cannot start any token); correct this line.",
    ),
    "control character": ("live", "live\0", "line 4: holds a control character; take it away."),
    "list as key": ("status:", "? [status]\n:", "line 4: a key must be one text; take the brackets away."),
    "endless anchor": ("live", "&a [*a]", "line 1: an anchor (&) holds itself; write out what is meant."),
}
ALL = {
    "key": KEYS,
    "value": VALUES,
    "format": FORMATS,
    "column": COLUMNS,
    "code": CODES,
    "expected": EXPECTED,
    "file": FILES,
    "yaml": YAML,
}


def faults(forces: Path, error: SourceError) -> list[str]:
    return [line.removeprefix(f"{forces}/") for line in str(error).splitlines()]


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [pytest.param(*case, id=f"{kind}: {name}") for kind, cases in ALL.items() for name, case in cases.items()],
)
def test_a_mistake_is_named(forces: Path, load_with: LoadWith, right: str, wrong: str, fault: str) -> None:
    with pytest.raises(SourceError) as caught:
        load_with(right, wrong)
    said = faults(forces, caught.value)
    assert f"43_testshire.yml, {fault}" in said
    assert len({line.split("'")[0] for line in said}) == len(said), "one mistake is told once"


def test_every_mistake_is_named_at_once(forces: Path, load_with: LoadWith) -> None:
    with pytest.raises(SourceError):
        load_with("status: live", "status: lve")
    with pytest.raises(SourceError) as caught:
        load_with("header_row: 3", "header_row: 0")
    assert faults(forces, caught.value) == [
        "43_testshire.yml, line 4: 'status' must be 'draft', 'trial', 'live' or 'retired'.",
        "43_testshire.yml, line 21: 'header_row' must be 1 or more.",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("name: Alpha\nmapz: {}\n", "line 2: unknown key 'mapz'; a system has 'name' and 'maps'."),
        ("name: Alpha\nmaps:\n", "line 2: 'maps' must hold keys and values."),
        ("name: Alpha\nmaps:\n  yes_no: Y\n", "line 3: 'yes_no' must hold keys and values."),
        ("name: Alpha\nmaps:\n  yes_no: {Y: [a]}\n", "line 3: 'Y' must be text."),
        (
            "name: Alpha\nmaps:\n  a: {}\n  a: {}\n",
            "line 4: 'a' stands twice (first on line 3); take one of them away.",
        ),
    ],
    ids=["unknown key", "no maps", "no map", "list for text", "map twice"],
)
def test_a_mistake_in_a_system_names_the_system_s_file(forces: Path, text: str, fault: str) -> None:
    (forces / "systems" / "alpha.yml").write_text(text)
    with pytest.raises(SourceError) as caught:
        load_source(forces / "43_testshire.yml")
    assert f"systems/alpha.yml, {fault}" in faults(forces, caught.value)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", 'line 1: must hold keys and values, such as source: "06".'),
        (b"just text", 'line 1: must hold keys and values, such as source: "06".'),
        ("name: Zoë".encode("cp1252"), "cannot be read (UnicodeDecodeError); save it as UTF-8 text."),
    ],
    ids=["empty", "text", "cp1252"],
)
def test_a_file_that_is_no_yaml(tmp_path: Path, content: bytes, fault: str) -> None:
    path = tmp_path / "43.yml"
    path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        read_document(path)
    assert str(caught.value).endswith(fault)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no such file"):
        load_source(tmp_path / "43.yml")
