"""`csae force new` on what forces tell of an offence beside its code."""

from pathlib import Path

import pytest

from unit.drafts import CRIME_HEADER, PERSON_HEADER, Drafted, World, draft, lines, world

TITLES = {
    "086/02": "Take/ make / distribute indecent photographs or pseudo- photographs, of children",
    "022/22": "Sexual activity with a child under 16 - Female child - no penetration - Offender under 18",
    "020/06": "Sexual assault of a female child under 13",
    "019/16": "Rape of a female child under 13 by a male",
    "088/01": "Meeting a female child following sexual grooming etc. - offender 18 or over and victim under 16",
}
CATEGORIES = {"086/02": "86", "022/22": "22B", "020/06": "20B", "019/16": "19E", "088/01": "88A"}


def drafted(folder: Path, made: World, header: dict[str, str], **columns: list[str]) -> Drafted:
    """The draft of a file of crimes with these columns too, and a file of people."""
    rows = [{**crime, **{name: cells[at] for name, cells in columns.items()}} for at, crime in enumerate(made.crimes)]
    crimes, people = folder / "crimes_20260901.csv", folder / "people_20260901.csv"
    crimes.write_text(lines(rows, header, "|"), encoding="utf-8")
    people.write_text(lines(made.people, PERSON_HEADER, "|"), encoding="utf-8")
    return draft(folder, crimes, people, secrets=made.secrets)


@pytest.mark.parametrize(
    ("title", "category", "flag"),
    [
        ("Offence Title", "Offence Category", "CSA Flag"),
        ("Offence Description", "Crime Category", "CSE Marker"),
        ("HO Description", "HOCR Class", "Child Abuse"),
        ("OFFENCE_DESC", "CRIME_CAT", "CSA_IND"),
        ("Teitl Trosedd", "Categori", "Cam-drin Plant"),
    ],
)
def test_title_category_and_flag_are_found_by_header_and_values(
    tmp_path: Path, title: str, category: str, flag: str
) -> None:
    made = world()
    codes = [crime["code"] for crime in made.crimes]
    found = drafted(
        tmp_path,
        made,
        {**CRIME_HEADER, "title": title, "category": category, "csa": flag},
        title=[TITLES[code] for code in codes],
        category=[CATEGORIES[code] for code in codes],
        csa=["N" if at % 9 else "Y" for at in range(len(codes))],
    )
    columns = found.columns("crimes")
    assert {name: columns.get(name) for name in ("offence_title", "offence_category", "is_child_abuse_flagged")} == {
        "offence_title": title, "offence_category": category, "is_child_abuse_flagged": flag,
    }  # fmt: skip
    assert columns["home_office_code"] == "HO Code"
    assert columns["is_online"] == "Online Flag"


def test_titles_of_the_national_list_are_found_without_a_header_and_without_a_code(tmp_path: Path) -> None:
    made = world()
    header = {key: name for key, name in CRIME_HEADER.items() if key != "code"}
    titles = [TITLES[crime["code"]].upper() for crime in made.crimes]
    found = drafted(tmp_path, made, {**header, "title": "Kind"}, title=titles)
    assert found.columns("crimes")["offence_title"] == "Kind"
    assert "home_office_code" not in found.columns("crimes")


def test_a_category_with_its_name_is_cut_to_the_category(tmp_path: Path) -> None:
    made = world()
    words = [f"{CATEGORIES[crime['code']]} - {TITLES[crime['code']]}" for crime in made.crimes]
    found = drafted(tmp_path, made, {**CRIME_HEADER, "category": "Crime Category"}, category=words)
    column = found.source.spec.layouts[0].extracts["crimes"].crime.columns["offence_category"]  # type: ignore[union-attr]
    assert (column.from_, column.extract) == (["Crime Category"], r"^(\d{1,3}[A-Z]?)\b")


def test_free_text_below_the_header_of_a_title_is_shown_nowhere(tmp_path: Path) -> None:
    """`draft` looks for names: two texts that come again and again, as a title does, but of no list."""
    made = world()
    texts = [f"Reported by {made.people[at % 2]['surname']} at school" for at in range(len(made.crimes))]
    found = drafted(tmp_path, made, {**CRIME_HEADER, "text": "Offence Description"}, text=texts)
    assert found.columns("crimes")["offence_title"] == "Offence Description"
