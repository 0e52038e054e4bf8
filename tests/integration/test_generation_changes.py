"""What changed between two generations: crimes and people on them, by force and reason, through real nights.

Two incremental steps and a full one, in one warehouse; Airflow is left out.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from typer.testing import CliRunner

from csae import generations, night, warehouse
from csae.cli import app
from csae.generations import ChangeLine, KeyLine
from csae.linkage import judgements
from csae.local_stack import Stack
from csae.sources import load_sources
from integration.nights import Warehouse, new_warehouse
from integration.specs import extract, spec

CRIME = """
crime_ref: {from: Crime, required: true}
recorded_on: {from: Recorded, date: yyyy-mm-dd}
home_office_code: Code
record_status: {from: Status, map: {L: live, C: cancelled}}
transfer_direction: {from: Way, map: {to: out, from: in}}
transfer_force: Other
transfer_ref: OtherRef
"""
SUSPECT = """
person_ref: Person
role: {from: Role, map: {S: suspect, V: victim}}
surname: Surname
forenames: Forename
date_of_birth: {from: Born, date: yyyy-mm-dd}
self_defined_ethnicity: {from: Self, codes: self_defined_2021}
nationalities: {from: Nationality, split: "/", codes: iso_alpha3}
"""


def force(code: str, mode: str, status: str, own: str) -> str:
    """`own` is what the force's own code Zz stands for."""
    text = spec(
        code,
        extract("crimes", crime=CRIME, involvement=SUSPECT),
        status=status,
        mode=mode,
        bounds="{crimes: {min: 0}, max_quarantined_share: 0.9}",
    )
    return f"{text}codes:\n  self_defined_2021: {{Zz: {own}}}\n"


HEADER = "Crime,Recorded,Code,Status,Way,Other,OtherRef,Person,Role,Surname,Forename,Born,Self,Nationality\n"
NAMES = ("Ashdown", "Birtwhistle", "Colclough", "Drinkwater", "Entwistle", "Fothergill", "Gathercole", "Hollingshead")
FORENAMES = ("Quentin", "Rosalind", "Thaddeus", "Ursula", "Vincent", "Winifred", "Xanthe", "Yolanda")


def row(
    crime: str,
    person: int,
    *,
    code: str = "019/08",
    status: str = "L",
    transfer: str = ",,",
    ethnicity: str = "W1",
    nationality: str = "GBR",
    recorded: str = "2026-08-01",
) -> str:
    """A crime with one suspect, who is unlike every suspect with another number."""
    name, forename = NAMES[person % 8], FORENAMES[(person // 8 + person) % 8]
    born = f"{1950 + person}-{1 + person % 12:02}-{2 + person % 26:02}"
    suspect = f"P{person},S,{name},{forename},{born},{ethnicity},{nationality}"
    return f"{crime},{recorded},{code},{status},{transfer},{suspect}\n"


FIRST: Mapping[str, str] = {
    "06/2026-08-31": row("corrected", 1) + row("dropped", 2) + row("spoilt", 3) + row("left alone", 4),
    "06/2026-09-01": row("cancelled", 5)
    + row("recoded", 6)
    + row("same again", 7)
    + row("sent on", 8)
    + row("back again", 9, status="C")
    + row("taken back", 10, transfer="to,13,taken in error")
    + row("linked", 11, ethnicity="Zz")
    + row("linked", 12)
    + row("moved", 13),
    "13/2026-09-01": row("taken in error", 10, transfer="from,06,taken back") + row("stays", 14),
    "14/2026-09-01": row("listed", 15) + row("not listed", 16),
    "01/2026-09-01": row("on trial", 17),
}
SECOND: Mapping[str, str] = {
    "06/2026-08-31": row("corrected", 1, code="020/05") + row("spoilt", 3, recorded="no day"),
    "06/2026-09-02": row("new", 18)
    + row("new", 19)
    + row("cancelled", 5, status="C")
    + row("recoded", 6, code="020/05")
    + row("recoded", 20)
    + row("same again", 7)
    + row("sent on", 8, transfer="to,13,taken")
    + row("back again", 9)
    + row("moved", 13, nationality="FRA"),
    "13/2026-09-01": row("stays", 14),
    "13/2026-09-02": row("taken", 8, transfer="from,06,sent on"),
    "14/2026-09-02": row("listed", 15),
}


@dataclass(frozen=True)
class Country:
    warehouse: Warehouse
    numbers: tuple[int, int, int]

    def changes(self, generation_id: int) -> dict[tuple[str, str, str, str], int]:
        with warehouse.connect(self.warehouse.url, autocommit=True) as connection:
            return places(generations.of_generation(connection, generation_id))

    def between(self, since: int, until: int, force: str | None = None) -> list[KeyLine]:
        with warehouse.connect(self.warehouse.url, autocommit=True) as connection:
            return generations.between(connection, since, until, force)


def places(lines: list[ChangeLine]) -> dict[tuple[str, str, str, str], int]:
    return {(line.force_code, line.record_kind, line.change, line.reason): line.records for line in lines}


def build(made: Warehouse, deliveries: Mapping[str, str]) -> int:
    for place, rows in deliveries.items():
        source, _, day = place.partition("/")
        made.put(source, day, HEADER + rows)
    night_id = made.load()
    with warehouse.connect(made.url, autocommit=True) as connection:
        number = night.build(connection, made.settings, made.sources, night_id, ["01", "06", "13", "14"])
    assert number is not None
    return number


@pytest.fixture(scope="module")
def country(shared: Stack, tmp_path_factory: pytest.TempPathFactory) -> Country:
    forms = {"06": "delta", "13": "delta", "14": "snapshot", "01": "delta"}
    specs = [force(code, mode, "trial" if code == "01" else "live", "W1") for code, mode in forms.items()]
    made = new_warehouse(shared, tmp_path_factory.mktemp("changes"), specs)
    first = build(made, FIRST)
    with warehouse.connect(made.url, autocommit=True) as connection:
        pair = made.rows(
            "select distinct i.person_record_key from intermediate.int_involvement_version as i "
            "inner join curated.fct_offence_type as c using (crime_key) where c.suspect_count = 2"
        )
        judgements.judge(connection, "same", pair[0][0], pair[1][0], by="A person", why="An alias.")
    second = build(made, SECOND)
    for code, mode in forms.items():
        status = {"01": "live", "14": "trial"}.get(code, "live")
        text = force(code, mode, status, "A1")
        (made.settings.sources_dir / f"{code}_test.yml").write_text(text)
    later = Warehouse(made.settings, made.s3, load_sources(made.settings.sources_dir))
    third = build(later, {})
    return Country(later, (first, second, third))


def test_the_first_generation_has_nothing_to_be_compared_with(country: Country) -> None:
    first, second, third = country.numbers
    assert country.changes(first) == {}
    query = "select mode from ops.generation where generation_id = any(%s) order by generation_id"
    modes = [mode for (mode,) in country.warehouse.rows(query, [[first, second, third]])]
    assert modes == ["full", "incremental", "full"]


def test_what_a_night_of_deliveries_changes(country: Country) -> None:
    _, second, _ = country.numbers
    assert country.changes(second) == {
        ("06", "crime", "added", "new"): 1,
        ("06", "crime", "added", "reinstated"): 1,
        ("06", "crime", "added", "transfer_undone"): 1,
        ("06", "crime", "changed", "corrected"): 1,
        ("06", "crime", "changed", "newer_delivery"): 1,
        ("06", "crime", "changed", "person_linked_otherwise"): 1,
        ("06", "crime", "changed", "sent_again"): 2,
        ("06", "crime", "removed", "dropped_by_correction"): 2,
        ("06", "crime", "removed", "quarantined"): 1,
        ("06", "crime", "removed", "transferred"): 1,
        ("06", "crime", "removed", "withdrawn"): 1,
        ("06", "involvement", "added", "new"): 2,
        ("06", "involvement", "added", "newer_delivery"): 1,
        ("06", "involvement", "added", "reinstated"): 1,
        ("06", "involvement", "added", "transfer_undone"): 1,
        ("06", "involvement", "changed", "newer_delivery"): 1,
        ("06", "involvement", "changed", "sent_again"): 3,
        ("06", "involvement", "removed", "dropped_by_correction"): 2,
        ("06", "involvement", "removed", "person_linked_otherwise"): 1,
        ("06", "involvement", "removed", "quarantined"): 1,
        ("06", "involvement", "removed", "transferred"): 1,
        ("06", "involvement", "removed", "withdrawn"): 1,
        ("13", "crime", "added", "transferred_in"): 1,
        ("13", "crime", "changed", "sent_again"): 1,
        ("13", "crime", "removed", "dropped_by_correction"): 1,
        ("13", "involvement", "added", "transferred_in"): 1,
        ("13", "involvement", "changed", "sent_again"): 1,
        ("13", "involvement", "removed", "dropped_by_correction"): 1,
        ("14", "crime", "changed", "sent_again"): 1,
        ("14", "crime", "removed", "dropped_from_snapshot"): 1,
        ("14", "involvement", "changed", "sent_again"): 1,
        ("14", "involvement", "removed", "dropped_from_snapshot"): 1,
    }


def test_a_night_says_how_many_people_it_merged(country: Country, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSAE_WAREHOUSE_URL", country.warehouse.url.get_secret_value())
    query = "select night_id from ops.generation where generation_id = any(%s) order by generation_id"

    def said(*arguments: str) -> str:
        return CliRunner().invoke(app, ["night", *arguments]).stdout

    nights = [str(number) for (number,) in country.warehouse.rows(query, [[*country.numbers]])]
    told = [
        (json.loads(said(number, "--json"))["people"], "People: 1 merged, 0 split." in said(number))
        for number in nights
    ]
    nothing = {"merged": 0, "split": 0}
    assert told == [(nothing, False), ({"merged": 1, "split": 0}, True), (nothing, False)]


def test_what_the_sources_yaml_changes(country: Country) -> None:
    _, _, third = country.numbers
    assert country.changes(third) == {
        ("01", "crime", "added", "source_live"): 1,
        ("01", "involvement", "added", "source_live"): 1,
        ("06", "involvement", "changed", "read_otherwise"): 1,
        ("14", "crime", "removed", "source_not_live"): 1,
        ("14", "involvement", "removed", "source_not_live"): 1,
    }


def test_every_reason_has_a_meaning_and_a_table_of_what_changed_is_there_for_analysts(country: Country) -> None:
    _, second, third = country.numbers
    query = """
        select generation_id, sum(records)::int, array_agg(distinct reason)
        from curated.dq_generation_change group by generation_id
    """
    found = {number: (records, reasons) for number, records, reasons in country.warehouse.rows(query)}
    assert {number: records for number, (records, _) in found.items()} == {second: 38, third: 5}
    assert {reason for _, reasons in found.values() for reason in reasons} <= generations.meanings().keys()


def test_several_steps_come_to_their_net_change(country: Country) -> None:
    first, second, third = country.numbers
    whole = country.between(first, third)
    by_reason = places(generations.counted(whole))
    assert by_reason["14", "crime", "removed", "source_not_live"] == 1, "changed by one step and removed by the next"
    assert ("14", "crime", "changed", "sent_again") not in by_reason
    assert by_reason["01", "crime", "added", "source_live"] == 1
    query = (
        "select crime_key from generation.fct_offence_type "
        "where valid_from_generation <= %s and valid_to_generation > %s"
    )
    crimes = {number: {key for (key,) in country.warehouse.rows(query, [number] * 2)} for number in (first, third)}
    net = {
        change: {line.crime_key for line in whole if line.record_kind == "crime" and line.change == change}
        for change in ("added", "removed")
    }
    assert net == {"added": crimes[third] - crimes[first], "removed": crimes[first] - crimes[third]}
    assert {line.force_code for line in country.between(first, second, "13")} == {"13"}
