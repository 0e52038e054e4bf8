"""The marks that spreadsheets and wrong encodings leave are counted by cell, whatever records a row gives."""

from pathlib import Path
from typing import Any

from csae.readers import read_extract
from csae.readers.tables import Damage
from csae.sources.model import Extract

BARS = {"type": "delimited", "delimiter": "|", "encoding": "utf-8"}
CRIME = {"columns": {"crime_ref": "Ref", "offence_title": "Title"}}


def damage(path: Path, content: str, form: dict[str, Any], **records: Any) -> list[Damage]:
    path.write_text(content, encoding="utf-8")
    extract = Extract.model_validate({"files": "*", "format": form, **records})
    return [found for batch in read_extract(path, path.name, extract) for found in batch.damage]


def person(surname: str) -> dict[str, Any]:
    return {"columns": {"crime_ref": "Ref", "role": {"value": "suspect"}, "surname": surname}}


def test_a_cell_counts_once_where_a_row_gives_a_crime_and_two_people(tmp_path: Path) -> None:
    found = damage(
        tmp_path / "rows.csv",
        "Ref|Title|First|Second\n1|CafÃ©|A|B\n2|plain|A|BjÃ¶rn\n",
        BARS,
        crime=CRIME,
        involvement=[person("First"), person("Second")],
    )
    assert found == [Damage("text_garbled", "Title", 1, 2), Damage("text_garbled", "Second", 1, 3)]


def test_rows_that_different_records_take_all_count(tmp_path: Path) -> None:
    found = damage(
        tmp_path / "rows.csv",
        "Ref|Title|Kind|Name\n1|x|suspect|BjÃ¶rn\n2|x|victim|ZoÃ«\n3|x|victim|Ann\n",
        BARS,
        crime=CRIME,
        involvement=[
            {**person("Name"), "where": {"Kind": "suspect"}},
            {**person("Name"), "where": {"Kind": "victim"}},
        ],
    )
    assert found == [Damage("text_garbled", "Name", 2, 2)]


def test_of_a_document_each_record_has_cells_of_its_own(tmp_path: Path) -> None:
    people = '[{"Name": "BjÃ¶rn"}, {"Name": "ZoÃ«"}]'
    found = damage(
        tmp_path / "rows.json",
        f'[{{"Ref": "1", "Title": "CafÃ©", "People": {people}}}]',
        {"type": "json"},
        crime=CRIME,
        involvement={
            "each": "People",
            "columns": {"role": {"value": "suspect"}, "surname": "Name"},
        },
    )
    assert [(item.column, item.rows) for item in found] == [("Title", 1), ("Name", 2)]
