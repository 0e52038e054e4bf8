"""The rules of decoding are read twice, by SQL in the warehouse and by Python before it: both say the same of a value.

Real PostgreSQL and dbt: every code, label and wording of the seeds and of the reference tables, and what is made of
them by other capitals, marks and orders of words, is delivered to sources that declare different code sets.
"""

import csv
import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest
from psycopg import sql

from csae import transform, warehouse
from csae.code_sets import CODED_COLUMNS, CodeSets, read_code_sets
from csae.local_stack import Stack
from csae.settings import PROJECT_DIR
from csae.sources.columns import SCHEMES
from integration.nights import Warehouse, new_warehouse

REFERENCE = PROJECT_DIR / "tests" / "reference"
DAY = date(2026, 9, 1)
COLUMNS = [column for column in CODED_COLUMNS if column != "transfer_force"]
OF_CRIMES = {"home_office_code", "cjs_code", "offence_title", "offence_category", "outcome_code"}
OWN = {"W4": "W3", "Local": "B2"}
DECLARED = {
    "03": ("self_defined_2001", "officer_observed_ic", "iso_alpha2"),
    "04": ("self_defined_2011", "officer_observed_label", "iso_alpha3"),
    "05": ("self_defined_2021", "officer_observed_ic", "nationality_demonym"),
    "06": ("prison_and_probation", "officer_observed_label", "country_name"),
    "07": (None, None, None),
    "10": ("self_defined_2001", "officer_observed_ic", "prison_and_probation_nationality"),
}
"""The code sets of self-defined and observed ethnicity and of nationality that each source declares.

Force 07 has no such columns: what stands there all the same has no version.
"""
PLACES = ("self_defined_ethnicity", "observed_ethnicity", "nationalities")
ODD = ["O1", "W4", "o1 ", "-", "١٤", "Côte d’Ivoire", "straße", "İstanbul", "ﬁji", "Åland", "e\u0301", "A2\tx", "local"]
ODD += ["20/5", "020-05", "02005", "2005", "44562", "20-May", "Jan-88", "19.1", "1.9E+17", "000/00", "19e", "05/20"]
ODD += [
    "019/16 Rape of a child",
    "* 86/2 Take/make (S)",
    "Rape - 01916",
    "Rape (19/16)",
    "HO code 08805",
    "Rape on 20/05",
]
ODD += ["Rape - 01908", "Rape (019/08)", "Rape (19/08)", "Rape - 99999", "Wounding (S20) - 00801"]
ODD += ["Dutch, Netherlandic", "serb OR Serbian", "Emirati;Emiri", "Iranian/British", "Dutch,", "Dutch or Martian"]
ODD += ["CA - English", "C3 - Other white, white unspecified", "LA: Mixed Asian", "SE - Any Other Group", "Mixed-Asian"]
ODD += ["A - WHITE - Irish", "E - CARIBBEAN OR BLACK - Black, Black Scottish or Black British", "White b/g", "CA Asian"]
ODD += [
    "CX White Mixed",
    "LA Asian Mixed",
    "PB - Black Mixed",
    "CA White English",
    "GA Mixed - Black & Asian",
    "LH Asian British",
]
ODD += [
    "CA White and Asian",
    "A5 - Chinese",
    "B3: Black Other",
    "Mixed-Wh/Blk C'bean",
    "White-T'kish Cypriot",
    "B'deshi",
    "W.I.",
]
ODD += [
    "White - background not listed above",
    "Not listed",
    "Self-defined: Indian",
    "W.I. Black Caribbean",
    "W & BC",
    "AOB",
]
ODD += [
    "Asian-Pak/Brt P'stani",
    "Any other backgr'nd",
    "Any other backgr'd",
    "White AOB",
    "SE Other Specified",
    "MABL Asian and Black",
]
ODD += ["01", "001", "00", "22", "23", "100", "O1 - Chinese", "O1: Arab", "IC1 White", "1 - Black", "Local - African"]

ODD += [
    "OC10 - Formal action (Pol)",
    "OC15: Suspect identified",
    "OC1 Community resolution",
    "Charged OC OC 1",
    "OC8 no",
]
ODD += [
    "Outcome type 4 - TIC",
    "Filed by desk (OC 21)",
    "21 - Filed by desk",
    "OC5 pending",
    "CN06 - Charge",
    "OC16 - Sus",
]
ODD += [
    "22/12 (s/v)",
    "22/12 [note 3]",
    "22/12*",
    "HO 22/12",
    "22/12 (a)",
    "Kent Police [Note 6]",
    "WESTYORKSHIREPOLICE2",
]
ODD += [
    "Lanchashire",
    "AVONSOMERSET",
    "44 - Hampshire",
    "Kent (E23000032)",
    "D&C Police",
    "D&C",
    "44 - Kent",
    "Police 3",
]
ODD += [
    "Sexual activity with a girl family member - not 18 or over, victim 13-17 - penetration of mouth",
    "Showing indecent images to a child",
    "Making/sharing category A IIOC",
    "Conspiracy to rape a girl under 13",
    "Attempted paying for sex with a boy aged 12 or under",
]
ODD += [
    "Possession of indecent images of a girl under 13",
    "Man aged 18 or over engaging in penetrative sex with a girl 13-15",
    "Rape of a girl under 13 and under 16",
    "Rape of a child under 1 3",
    "Abuse of trust (in a sexual nature) under 18",
    "Sexual activity involving child under 16",
    "s.66A(1) of the Sexual Offences Act 2003",
    "SX03007 - Assault (S)",
    "SX03007 or SX03083",
    "Possess an extreme pornograhphic image portraying rape",
    "Voyeurisn - female victim",
    "Exposure [2]",
    "SX03001-004N",
    "Rape &amp; sexual assault",
]
ODD += [
    "Indian (B3)",
    "B3 Other",
    "3a Indian",
    "WB - White British",
    "White British (WB)",
    "White British WB",
    "Asian (IC 4)",
    "IC 3 - Black",
    "White (IC3)",
    "Any other ethnic group (G1)",
    "C4 - Other",
    "Asian or Asian - Indian",
    "White &amp; Asian",
    "C&ocirc;te d&#39;Ivoire",
]
ODD += [
    "type 14 outcome (“suspect not identified; victim does not support”)",
    "Type 16 outcome: filed by desk",
    "14 outcome",
    "2/2A Caution - youths",
    "Supports victim - identified suspect - difficulties evidential",
    "Out-of-court (informal) - i.e. community resolutions",
]


ODD += [
    "Black or Black British (African/Caribbean/Other)",
    "White (English/Welsh/Scottish/Northern Irish/British/Other)",
    "Mixed (White & Black Caribbean/White & Black African/White & Asian/Other)",
    "Mixed: White and Asian & Any other Mixed",
    "Asian or Asian British [Bangladeshi, Indian, or Pakistani]",
    "Black, African, Black British or Caribbean",
    "B - Black (African/Other)",
    "O: Arab/Other",
    "M) Mixed - White and Asian/Other",
    "Any other Black, African or Caribbean",
    "Black/African/Caribbean/Black British African",
    "African/Caribbean/Other",
    "Pakistani; Other – Asian",
    "Indian and Pakistani",
    "Arab/Other",
    "White (British, missing)",
    "White: Gypsy, Roma or Irish Traveller",
    "Du neu Du Prydeinig (Affricanaidd neu Arall)",
    "HO class 88A",
    "Home Office code: 88A",
    "23 Familial sexual offences",
    "Sexual grooming of children (HO88A)",
    "88A - Rape",
    "NFIB9 Business Trading Fraud",
    "Any other ethnic group, please describe",
    "noFurtherAction",
    "actionTakenByAnotherOrganisation",
    "English people",
    "An offence under section 5 of the Sexual Offences Act 1956 (intercourse with a girl under thirteen)",
]


def spec(source: str) -> str:
    columns = zip(PLACES, ("Own", "Seen", "Nation"), DECLARED[source], strict=True)
    coded = "".join(f"            {name}: {{from: {of}, codes: {codes}}}\n" for name, of, codes in columns if codes)
    own = f"codes: {{{DECLARED[source][0]}: {json.dumps(OWN)}}}" if source == "05" else ""
    return f"""
source: "{source}"
name: Force {source}
status: live
owner: {{team: Data team, contact: data@example.org}}
delivery: {{mode: delta}}
layouts:
  - valid_from: {DAY}
    extracts:
      people:
        files: "*.csv"
        format: {{type: delimited, delimiter: ",", encoding: utf-8}}
        crime:
          columns:
            crime_ref: {{from: Ref, required: true}}
            recorded_on: {{from: Day, date: yyyy-mm-dd}}
            record_status: Status
        involvement:
          columns:
            role: Role
{coded}{own}
"""


def texts(codes: CodeSets, column: str) -> list[str]:
    """What may be written in the column; sorted, so that every run tries the same."""
    code_set = codes.seeds.sets[column]
    listed = {item.written for item in (*code_set.codes, *code_set.wordings)} | {item.label for item in code_set.codes}
    listed |= {f"{item.written} - {item.label}" for item in code_set.codes}
    for path in REFERENCE.glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            cells = [cell for row in csv.reader(stream) for cell in row]
        known = {item.strip().lower() for item in listed}
        listed |= {cell for cell in cells if cell.strip().lower() in known}
    shuffled = random.Random(column)
    written = sorted(text for text in listed if text)
    return sorted({*ODD, *written, *(made for text in written for made in variations(text, shuffled))} - {""})


def variations(text: str, at: random.Random) -> Iterator[str]:
    words = text.split()
    at.shuffle(words)
    yield at.choice([text.upper(), text.lower(), f"  {text}\u00a0", text.replace(" ", "/"), text.replace("-", ":")])
    yield " ".join(words)


def deliver(home: Warehouse, codes: CodeSets) -> Counter[str]:
    """Every text of a column on a record of its own, straight into the raw tables; the number of texts by column."""
    counts: Counter[str] = Counter()
    with warehouse.connect(home.url, autocommit=True) as connection:
        for source in DECLARED:
            row = connection.execute(
                """
                insert into ops.load (source, delivery_on, content_sha256, correction_number, state, layout_valid_from)
                values (%s, %s, %s, 1, 'accepted', %s) returning load_id
                """,
                [source, DAY, source, DAY],
            ).fetchone()
            assert row
            for column in COLUMNS:
                values = texts(codes, column)
                counts[column] = len(values)
                refs = [f"{source}-{column}-{number}" for number, _ in enumerate(values)]
                put(connection, row[0], column, refs, values)
    return counts


def put(connection: warehouse.Connection, load_id: int, column: str, refs: list[str], values: list[str]) -> None:
    on_crime = column in OF_CRIMES
    connection.execute(
        sql.SQL(
            """
            insert into raw.crime (
                load_id, extract_name, row_number, crime_ref_token, recorded_on, record_status {column}
            )
            select %(load_id)s, %(name)s, t.at, t.ref, '2026-08-01', 'live' {value}
            from unnest(%(refs)s::text[], %(values)s::text[]) with ordinality as t (ref, value, at)
            """
        ).format(
            column=sql.SQL(", {}").format(sql.Identifier(column)) if on_crime else sql.SQL(""),
            value=sql.SQL(", t.value" if on_crime else ""),
        ),
        {"load_id": load_id, "name": column, "refs": refs, "values": values},
    )
    if not on_crime:
        written = [json.dumps([value]) for value in values] if column == "nationalities" else values
        connection.execute(
            sql.SQL(
                """
                insert into raw.involvement (
                    load_id, extract_name, row_number, crime_ref_token, person_ref_token, role, {column}
                )
                select %(load_id)s, %(name)s, t.at, t.ref, t.ref, 'suspect', t.value
                from unnest(%(refs)s::text[], %(values)s::text[]) with ordinality as t (ref, value, at)
                """
            ).format(column=sql.Identifier(column)),
            {"load_id": load_id, "name": column, "refs": refs, "values": written},
        )


@pytest.fixture(scope="module")
def codes() -> CodeSets:
    return read_code_sets(PROJECT_DIR / "dbt_project" / "seeds")


@pytest.fixture(scope="module")
def decoded(shared: Stack, tmp_path_factory: pytest.TempPathFactory, codes: CodeSets) -> Warehouse:
    home = new_warehouse(shared, tmp_path_factory.mktemp("decoding"), [spec(source) for source in DECLARED])
    assert all(len(texts(codes, column)) > 30 for column in COLUMNS)
    deliver(home, codes)
    with warehouse.connect(home.url, autocommit=True) as connection:
        transform.write_reference(connection, home.sources)
    command = ["run", "--select", "+int_coded_value"]
    project = PROJECT_DIR / "dbt_project"
    for step in (["seed", "--full-refresh"], command):
        assert transform.run_dbt(step, home.url, project, home.settings.home_dir / "dbt", lambda *_: None).faults == ()
    return home


@pytest.mark.parametrize("column", COLUMNS)
def test_the_warehouse_and_python_read_every_value_alike(decoded: Warehouse, codes: CodeSets, column: str) -> None:
    rows = decoded.rows(
        """
        select force_code, value, rule, case when not is_unmapped then harmonised_code end
        from intermediate.int_coded_value where column_name = %s
        """,
        [column],
    )
    differing = []
    for source, value, rule, code in rows:
        scheme = DECLARED[source][PLACES.index(column)] if column in PLACES else None
        own = OWN if scheme == "self_defined_2021" else {}
        read = codes.read(column, value, scheme, own)
        if (read.rule.name, read.code) != (rule, code):
            differing.append((source, value, (rule, code), (read.rule.name, read.code)))
    assert differing == []
    expected = {value.strip(" ") if column == "nationalities" else value for value in texts(codes, column)}
    assert {(source, value) for source, value, *_ in rows} == {
        (source, value) for source in DECLARED for value in expected
    }


def test_every_code_set_is_declared_by_a_source() -> None:
    assert {name for names in DECLARED.values() for name in names if name} == {
        name for names in SCHEMES.values() for name in names
    }


def test_no_code_is_decoded_without_its_version(decoded: Warehouse) -> None:
    """Force 07 declares none: its codes stay unmapped, its wordings are understood."""
    rows = dict(
        decoded.rows(
            """
            select value, harmonised_code from intermediate.int_coded_value
            where force_code = '07' and column_name = 'self_defined_ethnicity'
                and value in ('O1', 'W4', 'W1', 'Chinese')
            """
        )
    )
    assert rows == {"O1": None, "W4": None, "W1": None, "Chinese": "A4"}
