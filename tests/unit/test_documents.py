"""JSON is read record by record with the people nested in each, every value as it is written, or refused whole."""

import json
from pathlib import Path
from typing import Any

import pytest
from extracts import damaged, outcome, refusal, table
from hypothesis import given, settings
from hypothesis import strategies as st

from csae.readers import documents, read_extract
from csae.readers.tables import CRIME_ROW_NUMBER, ROW_NUMBER, ExtractError
from csae.sources.model import Extract

CRIME_PLACES = ["crimeRef", "offence/code", "flags"]
PERSON_PLACES = ["id", "name/last", "nationalities"]
PEOPLE = {"columns": {"person_ref": {"from": PERSON_PLACES}}}
GOOD = [
    {
        "crimeRef": "A",
        "offence": {"code": 71},
        "flags": ["ONLINE", "GROUP"],
        "suspects": [
            {"id": 7, "name": {"last": "ZqxZoë"}, "nationalities": ["ROU", "GBR"]},
            {"id": 8, "name": {"last": "ZqxTwo"}},
        ],
        "victims": [{"id": 9}],
    },
    {"crimeRef": "B", "suspects": [], "victims": {"id": 10, "name": None}},
    {"crimeRef": "C", "suspects": None},
]


def extract(kind: str = "ndjson", **form: str) -> Extract:
    return Extract.model_validate(
        {
            "files": "*",
            "format": {"type": kind, **form},
            "crime": {"columns": {"crime_ref": {"from": CRIME_PLACES}}},
            "involvement": [{"each": "suspects", **PEOPLE}, {"each": "victims", **PEOPLE}],
            "ignored_columns": ["remarks"],
        }
    )


LINES, DOCUMENT = extract(), extract("json", row="data/crimes", row_count="header/count")


def lines(*records: object) -> str:
    return "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records)


def document(*records: object, count: object = None) -> str:
    header = {"count": len(records) if count is None else count}
    return json.dumps({"header": header, "data": {"crimes": list(records)}}, indent=1, ensure_ascii=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "niche.json"


def flags(path: Path, content: str | bytes, form: Extract = LINES) -> str | None:
    """What stands at `flags` in the only record."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    ((_, _, value),) = table(path, form).rows
    return value


def refused(path: Path, content: str | bytes, form: Extract = LINES) -> ExtractError:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return refusal(path, form)


# What is read


@pytest.mark.parametrize(("content", "form"), [(lines(*GOOD), LINES), (document(*GOOD), DOCUMENT)])
def test_values_at_their_places(path: Path, content: str, form: Extract) -> None:
    path.write_text(content)
    assert table(path, form).rows == [("A", "71", "ONLINE\x1fGROUP"), ("B", None, None), ("C", None, None)]


@pytest.mark.parametrize(("content", "form"), [(lines(*GOOD), LINES), (document(*GOOD), DOCUMENT)])
@pytest.mark.parametrize("rows_in_a_batch", [1, 2, 50_000])
def test_people_share_one_numbering_and_know_their_crime(
    path: Path, monkeypatch: pytest.MonkeyPatch, content: str, form: Extract, rows_in_a_batch: int
) -> None:
    """A list of objects, one object, an empty list, null and no such key: 2, 1 and 0 people."""
    monkeypatch.setattr(documents, "BATCH_ROWS", rows_in_a_batch)
    path.write_text(content)
    batches = list(read_extract(path, path.name, form))
    numbers = [[number for batch in batches for number in batch.frames[at][ROW_NUMBER]] for at in range(3)]
    parents = [[number for batch in batches for number in batch.frames[at][CRIME_ROW_NUMBER]] for at in (1, 2)]
    people = [row[:2] for batch in batches for frame in batch.frames[1:] for row in frame.select(PERSON_PLACES).rows()]
    assert numbers == [[1, 2, 3], [1, 2], [3, 4]]
    assert parents == [[1, 1], [1, 2]]
    assert sorted(people) == [("10", None), ("7", "ZqxZoë"), ("8", "ZqxTwo"), ("9", None)]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        pytest.param('"x"', "x", id="text"),
        pytest.param('" x\\n "', "x", id="blanks around it"),
        pytest.param('"  "', None, id="blank"),
        pytest.param("null", None, id="null"),
        pytest.param("[]", None, id="empty list"),
        pytest.param("{}", None, id="empty object"),
        pytest.param("true", "true", id="true"),
        pytest.param("false", "false", id="false"),
        pytest.param("0", "0", id="nought"),
        pytest.param("12", "12", id="whole number"),
        pytest.param("12.0", "12", id="whole number with a point"),
        pytest.param("12.50", "12.50", id="decimals"),
        pytest.param("-0.5e-3", "-0.5e-3", id="exponent"),
        pytest.param("1" + "0" * 5000 + "1", "1" + "0" * 5000 + "1", id="number of 5002 digits"),
        pytest.param("9007199254740993", "9007199254740993", id="more than a float holds"),
        pytest.param('["a", null, " ", ["b", 3]]', "a\x1fb\x1f3", id="lists in a list"),
        pytest.param('"Zo\\u00eb \\ud83d\\ude00"', "Zoë 😀", id="escapes"),
        pytest.param('"\\\\u0000"', "\\u0000", id="what only looks like an escape"),
        pytest.param('"a\\u2028b"', "a\u2028b", id="line separator"),
    ],
)
def test_text(path: Path, written: str, value: str | None) -> None:
    assert flags(path, f'{{"flags": {written}}}') == value
    assert flags(path, f'[{{"flags": {written}}}]', extract("json")) == value


def test_a_list_on_the_way_gives_several_values(path: Path) -> None:
    path.write_text(lines({"offence": [{"code": 1}, {"code": 2}, {}]}))
    assert table(path, LINES).rows == [(None, "1\x1f2", None)]


def test_the_last_key_may_hold_a_slash(path: Path) -> None:
    path.write_text(lines({"offence/code": "1"}))
    assert table(path, LINES) == table(path, LINES).__class__([(None, "1", None)], [1], ())


def test_a_list_of_records_may_stand_in_several_places(path: Path) -> None:
    content = {"batches": [{"rows": [{"crimeRef": "A"}]}, {"rows": {"crimeRef": "B"}}, {"rows": None}], "n": "2"}
    path.write_text(json.dumps(content))
    found = table(path, extract("json", row="batches/rows", row_count="n"))
    assert (found.rows, found.unexpected) == ([("A", None, None), ("B", None, None)], ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_the_encoding_that_the_yaml_declares(path: Path, encoding: str) -> None:
    record = {"flags": "Zoë"}
    assert flags(path, lines(record).encode(encoding), extract(encoding=encoding)) == "Zoë"
    assert flags(path, json.dumps([record]).encode(encoding), extract("json", encoding=encoding)) == "Zoë"


def test_a_byte_order_mark_is_no_text(path: Path) -> None:
    assert flags(path, b"\xef\xbb\xbf" + lines({"flags": "x"}).encode()) == "x"


@pytest.mark.parametrize("content", ["", "\n\n", " \r\n"])
def test_a_night_without_records(path: Path, content: str) -> None:
    path.write_text(content)
    assert table(path, LINES).rows == []


def test_blank_lines_and_a_last_line_without_its_end(path: Path) -> None:
    path.write_text('{"crimeRef": "A"}\r\n\r\n\n{"crimeRef": "B"}')
    assert table(path, LINES).numbers == [1, 2]


def test_only_rows_that_the_yaml_wants(path: Path) -> None:
    spec = LINES.model_dump(by_alias=True)
    spec["crime"]["where"] = {"type": ["CRIME"]}
    spec["involvement"][0]["where"] = {"kind": ["P"]}
    people = [{"id": 1, "kind": "X"}, {"id": 2, "kind": "P"}]
    path.write_text(lines({"type": "NOTE"}, {"type": "CRIME", "suspects": people}))
    wanted = Extract.model_validate(spec)
    assert table(path, wanted).numbers == [2]
    assert table(path, wanted, "involvement").rows == [("2", None, None)]
    assert table(path, wanted).unexpected == ()


# What the YAML does not know


def test_places_that_the_yaml_does_not_name_are_signalled_once_as_it_would_name_them(path: Path) -> None:
    suspect = {"id": 1, "shoe": {"size": 9}, "name": {"last": "x", "maiden": None}, "aliases": [{"last": "x"}]}
    path.write_text(
        lines(
            {"crimeRef": "A", "remarks": "x", "weapon": "knife", "suspects": [suspect, suspect], "empty": {}},
            {"crimeRef": "B", "weapon": "gun", "offence": {"code": 1, "places": [{"town": "x"}, {"street": "y"}]}},
        )
    )
    assert table(path, LINES).unexpected == (
        "weapon",
        "shoe/size",
        "name/maiden",
        "aliases/last",
        "empty",
        "offence/places/town",
        "offence/places/street",
    )


def test_an_object_where_text_is_expected_is_no_value_and_what_is_below_it_is_signalled(path: Path) -> None:
    path.write_text(lines({"crimeRef": {"force": "06", "number": 1}}))
    found = table(path, LINES)
    assert (found.rows, found.unexpected) == ([(None, None, None)], ("crimeRef/force", "crimeRef/number"))


def test_places_outside_the_records_are_signalled(path: Path) -> None:
    path.write_text(
        '{"header": {"count": 1, "system": "x"}, "data": {"crimes": [{"crimeRef": "A"}], "more": 1}, "remarks": "x"}'
    )
    assert table(path, DOCUMENT).unexpected == ("header/system", "data/more")


def test_keys_that_are_values_are_refused_without_showing_them(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSAE_LIMIT_COLUMNS", "10")
    error = refused(path, lines({"suspects": {f"Zqx{number}": {"id": number} for number in range(11)}}))
    assert error.reason_code == "places_too_many"


# What is refused

DEEP = f"{'[' * 5000}{']' * 5000}"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("Ref|Name\n1|ZqxA\n", "file_unreadable", id="not JSON"),
        pytest.param('{"flags": "Zqx', "file_unreadable", id="cut short"),
        pytest.param('{"flags": "Zqx"} {"flags": "Zqx"}', "file_unreadable", id="two records in a line"),
        pytest.param('{"flags": "Zqx",}', "file_unreadable", id="comma too many"),
        pytest.param("{'flags': 'Zqx'}", "file_unreadable", id="wrong quotation marks"),
        pytest.param('{"flags": NaN}', "file_unreadable", id="NaN"),
        pytest.param('{"flags": -Infinity}', "file_unreadable", id="infinity"),
        pytest.param('{"flags": "Zqx\tA"}', "file_unreadable", id="control character"),
        pytest.param('{"flags": "Zqx\0"}', "encoding_wrong", id="NUL"),
        pytest.param('"Zqx"', "file_unreadable", id="text, no object"),
        pytest.param('["Zqx"]', "file_unreadable", id="list, no object"),
        pytest.param(f'{{"flags": {DEEP}}}', "limit_exceeded", id="very deep"),
        pytest.param('{"suspects": ["Zqx"]}', "file_unreadable", id="text where people are expected"),
        pytest.param('{"flags": "Zqx", "flags": "ZqxB"}', "key_repeated", id="key twice"),
        pytest.param('{"suspects": [{"id": 1, "Zqx": 1, "Zqx": 1}]}', "key_repeated", id="unknown key twice"),
        pytest.param('{"flags": "Zqx\\u0000"}', "character_forbidden", id="NUL as an escape"),
        pytest.param('{"flags": "Zqx\\u001f"}', "character_forbidden", id="unit separator"),
        pytest.param('{"flags": "Zqx\\ud83d"}', "character_forbidden", id="first half of a character"),
        pytest.param('{"flags": ["Zqx\\uDE00"]}', "character_forbidden", id="second half of a character"),
        pytest.param('{"Zqx\\ud83d": 1}', "character_forbidden", id="half of a character in a key"),
        pytest.param('{"flags": "Zqx"}'.encode("utf-16"), "encoding_wrong", id="UTF-16"),
        pytest.param('{"flags": "ZqxZoë"}'.encode("cp1252"), "encoding_wrong", id="Windows-1252"),
    ],
)
def test_refused(path: Path, content: str | bytes, reason: str) -> None:
    first = b'{"crimeRef": "A"}\n'
    content = content if isinstance(content, bytes) else content.encode()
    assert refused(path, first + content).reason_code == reason
    assert refused(path, b"[" + content + b"]", extract("json")).reason_code == reason


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('{"flags": "x"}\n\n{"flags": "Zqx}\n', "the JSON breaks off or is wrong at line 3."),
        ('{"flags": "x"}\n{"flags": NaN}\n', "line 2 holds NaN, which is no value in JSON."),
        ('\n"Zqx"\n', "line 2 is not an object with keys and values."),
        ('\n\n{"flags": "Zqxé"}\n'.encode("cp1252"), "line 3 holds a byte (0xe9) that UTF-8 does not have."),
    ],
)
def test_the_line_is_named(path: Path, content: str | bytes, sentence: str) -> None:
    assert str(refused(path, content)).startswith(f"niche.json: {sentence} Ask the force ")


def test_the_line_of_a_document_is_named(path: Path) -> None:
    assert "at line 4." in str(refused(path, '[\n{"flags":\n"x"},\n{"flags"}\n]', extract("json")))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("", "file_empty", id="empty"),
        pytest.param(" \n", "file_empty", id="blanks"),
        pytest.param(document(*GOOD, count=4), "row_count_wrong", id="another count"),
        pytest.param(document(*GOOD, count="3 rows"), "row_count_wrong", id="a count with words"),
        pytest.param('{"data": {"crimes": []}}', "row_count_wrong", id="no count"),
        pytest.param('{"header": {"count": 0}}', "row_missing", id="no list"),
        pytest.param('{"header": {"count": 0}, "data": []}', "row_missing", id="list in its place"),
        pytest.param('{"header": {"count": 1}, "data": {"crimes": "Zqx"}}', "file_unreadable", id="text in its place"),
        pytest.param(document(GOOD[0]) + "{}", "file_unreadable", id="two documents"),
    ],
)
def test_a_document_is_refused(path: Path, content: str, reason: str) -> None:
    assert refused(path, content, DOCUMENT).reason_code == reason


def test_an_object_at_the_root_needs_the_place_of_its_list(path: Path) -> None:
    assert str(refused(path, document(*GOOD), extract("json"))) == (
        "niche.json: the document has no list of records at its root. Ask the force for its usual file, or name the "
        "keys that lead to the list as 'row' in the YAML, parted by /."
    )


def test_the_wrong_count_is_named(path: Path) -> None:
    assert str(refused(path, document(*GOOD, count=4), DOCUMENT)) == (
        "niche.json: the number of records, 3, is not the one that header/count says. "
        "Ask the force to send the file again."
    )


def test_a_line_or_a_document_may_be_only_so_long(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSAE_LIMIT_RECORD_CHARACTERS", "1000")
    monkeypatch.setenv("CSAE_LIMIT_DOCUMENT_BYTES", "1000")
    content = json.dumps({"flags": "x" * 1000})
    assert "line 2 has more characters than the 1,000 that may be (CSAE_LIMIT_RECORD_CHARACTERS)" in str(
        refused(path, f"\n{content}\n")
    )
    assert "are more than the 1,000 that it may have (CSAE_LIMIT_DOCUMENT_BYTES)" in str(
        refused(path, f"[{content}]", extract("json"))
    )


@pytest.mark.parametrize("depth", [40, *range(62, 67), *range(700, 1100, 40)])
def test_nested_as_deep_as_can_be_it_is_read_or_refused(path: Path, depth: int) -> None:
    tree = f'{{"flags": {"[" * depth}1{"]" * depth}}}'
    for content, form in ((tree, LINES), (f"[{tree}]", extract("json"))):
        path.write_text(content)
        assert outcome(path, form) == ("read" if depth < 64 else "limit_exceeded")


def test_cut_at_any_byte_within_a_record_it_is_refused(path: Path) -> None:
    content = document(*GOOD).encode()
    for length in range(len(content)):
        assert refused(path, content[:length], DOCUMENT).reason_code in {
            "file_unreadable",
            "file_empty",
            "file_cut_short",
        }, length


# Whatever the file holds

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\x1f"), max_size=8)
KEYS = st.text("abcdë_", min_size=1, max_size=4)
SCALARS = st.none() | st.booleans() | st.integers() | TEXT
TREES = st.recursive(
    SCALARS, lambda below: st.lists(below, max_size=3) | st.dictionaries(KEYS, below, max_size=3), max_leaves=12
)


def leaves(tree: Any, above: str = "") -> list[tuple[str, str]]:
    """Every place of a tree with each of its values, worked out the plain way."""
    if isinstance(tree, dict):
        return [pair for key, below in tree.items() for pair in leaves(below, f"{above}/{key}".strip("/"))]
    if isinstance(tree, list):
        return [pair for below in tree for pair in leaves(below, above)]
    text = {None: "", True: "true", False: "false"}[tree] if isinstance(tree, bool | None) else str(tree).strip()
    return [(above, text)] if text else []


@settings(max_examples=300)
@given(tree=st.dictionaries(KEYS, TREES, max_size=4), as_document=st.booleans(), ascii_only=st.booleans())
def test_any_tree_of_values_is_read_back(path: Path, tree: dict[str, Any], as_document: bool, ascii_only: bool) -> None:
    expected = leaves(tree)
    places = list(dict.fromkeys(place for place, _ in expected)) or ["nothing"]
    content = json.dumps([tree] if as_document else tree, ensure_ascii=ascii_only)
    path.write_text(content + "\n")
    spec = {
        "files": "*",
        "format": {"type": "json" if as_document else "ndjson"},
        "crime": {"columns": {"crime_ref": {"from": places}}},
    }
    ((*values,),) = table(path, Extract.model_validate(spec)).rows
    assert values == ["\x1f".join(value for at, value in expected if at == place) or None for place in places]


REASONS = {
    "read",
    "file_empty",
    "file_unreadable",
    "encoding_wrong",
    "key_repeated",
    "character_forbidden",
    "row_missing",
    "row_count_wrong",
    "file_cut_short",
}


@settings(max_examples=400)
@given(content=st.binary(max_size=60) | damaged(lines(*GOOD).encode()) | damaged(lines(*GOOD).encode("utf-16")))
def test_any_lines_are_read_or_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert outcome(path, LINES) in REASONS
    assert outcome(path, extract(encoding="utf-16")) in REASONS


@settings(max_examples=400)
@given(content=st.binary(max_size=60) | damaged(document(*GOOD).encode()))
def test_any_document_is_read_or_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert outcome(path, DOCUMENT) in REASONS
