"""A small country in which every fate is met: what is sent, what may be shown of it, and the build of it all."""

from pathlib import Path

from csae import night, warehouse
from csae.local_stack import Stack
from integration.nights import Warehouse, new_warehouse
from integration.specs import extract, spec

CRIME = """
crime_ref: {from: Crime, required: true}
recorded_on: {from: Recorded, date: dd/mm/yyyy}
home_office_code: Code
record_status: {from: Status, map: {L: live, C: cancelled}}
transfer_direction: {from: Way, map: {to: out, from: in}}
transfer_force: Other
transfer_ref: OtherRef
"""
INVOLVEMENT = """
crime_ref: Crime
person_ref: Person
role: {from: Role, map: {S: suspect, V: victim}}
surname: Surname
forenames: Forenames
date_of_birth: {from: Born, date: dd/mm/yyyy}
pnc_id: PNC
self_defined_ethnicity: {from: Self, codes: self_defined_2021}
nationalities: {from: Nationality, split: ",", codes: iso_alpha3}
"""
EXTRACTS = (
    extract("crimes", "*crimes.csv", ";", crime=CRIME),
    extract("people", "*people.csv", ";", involvement=INVOLVEMENT),
)
CRIME_HEADER = "Crime;Recorded;Code;Status;Way;Other;OtherRef\n"
PEOPLE_HEADER = "Crime;Person;Role;Surname;Forenames;Born;PNC;Self;Nationality\n"
OLDER = "Zqxstone;Quentin;12/05/1971"
CHILD = "Zqxbrook;Zelda;13/04/2016"
DELIVERIES: tuple[tuple[str, str, str, str], ...] = (
    (
        "13/2026-09-01",
        "",
        "ZQREF-A;03/08/2026;019/08;L;;;\n"  # row 2, told again in row 3
        "ZQREF-A;03/08/2026;019/16;L;;;\n"
        "ZQREF-B;04/08/2026;020/05;L;to;14;ZQREF-X\n"
        "ZQREF-C;05/08/2026;020/05;C;;;\n"
        ";06/08/2026;020/05;L;;;\n"  # row 6, without a reference
        "ZQREF-D;07/08/2026;Zqxcode;L;;;\n"
        "ZQREF-E;08/08/2026;020/05;L;;;\n",
        f"ZQREF-A;P1;S;{OLDER};99/123456A;W1;GBR,ROU\n"
        f"ZQREF-A;P1;S;Zqxstone;Q;12/05/1971;;W1;GBR\n"  # row 3, the same person by an initial
        f"ZQREF-A;P2;V;{CHILD};;;\n"
        f"ZQREF-B;P3;S;{OLDER};99/123456A;W1;GBR\n"
        "ZQREF-D;P4;S;Zqxfield;Zoe;01/02/1990;;Zqxtribe;Zqxland\n"
        "ZQREF-Z;P5;S;Zqxfield;Zoe;01/02/1990;;W1;GBR\n"  # row 7, whose crime was not sent
        f"ZQREF-E;P1;S;{OLDER};99/123456A;W1;GBR\n",
    ),
    ("13/2026-09-02", "", "ZQREF-E;08/08/2026;020/05;L;;;\n", f"ZQREF-E;P1;S;{OLDER};99/123456A;W1;GBR\n"),
    (
        "14/2026-09-01",
        "",
        "ZQREF-X;04/08/2026;020/05;L;from;13;ZQREF-B\nZQREF-Y;09/08/2026;020/05;L;;;\n",
        f"ZQREF-X;K1;S;{OLDER};99/123456A;W1;GBR\n",
    ),
    (
        "14/2026-09-01",
        "new ",
        "ZQREF-X;04/08/2026;020/05;L;from;13;ZQREF-B\n",
        f"ZQREF-X;K1;S;{OLDER};99/123456A;W1;GBR\n",
    ),
    ("14/2026-09-02", "", "".join(f"ZQREF-R{n};;020/05;L;;;\n" for n in range(10)), ""),
    ("03/2026-09-01", "", "ZQREF-P;04/08/2026;019/16;L;;;\nZQREF-Q;04/08/2026;019/16;L;;;\n", ""),
    ("03/2026-09-02", "", "ZQREF-P;04/08/2026;019/16;L;;;\n", ""),
    ("03/2026-09-03", "", "ZQREF-P;04/08/2026;019/16;L;;;\n", ""),
)
PERSONAL = (
    *("Zqx", "Quentin", "Zelda", "Zoe", "ZQREF", "99/123456A", "99123456A"),
    *("12/05/1971", "1971-05-12", "13/04/2016", "2016-04-13", "01/02/1990"),
)
"""What is in the files and may be in no answer. The codes and wordings that nothing knows begin like the names."""
TOKENS = """
    select t.value from raw.{table} as r, jsonb_each_text(to_jsonb(r)) as t (name, value)
    where t.name like '%%token%%' and t.value is not null and t.value <> ''
"""
REVIEW = """
case_ref: {from: Case, required: true}
force: Force
identified_on: {from: Identified, date: yyyy-mm-dd}
status: {from: Status, map: {I: identified, C: closed}}
status_on: {from: Since, date: yyyy-mm-dd}
"""
AGENCY = spec(
    "91",
    extract("reviews", delimiter=";", case_review=REVIEW),
    name="National Crime Agency",
    due="weekly monday 09:00",
    bounds="{crimes: {min: 0}}",
)
REVIEW_HEADER = "Case;Force;Identified;Status;Since\n"
REVIEWS = {
    "2026-08-31": "ZQREF-K;13;2026-08-03;I;2026-08-03\nZQREF-K;13;2026-08-03;I;2026-08-20\n",
    "2026-09-07": "ZQREF-K;13;2026-08-03;C;2026-08-20\n",
}


def new_country(stack: Stack, folder: Path) -> Warehouse:
    """One build of everything, and a load that came after it."""
    specs = [
        spec(code, *EXTRACTS, mode=mode, bounds="{crimes: {min: 0}, max_quarantined_share: 0.9}")
        for code, mode in (("03", "snapshot"), ("13", "delta"), ("14", "delta"))
    ]
    made = new_warehouse(stack, folder, [*specs, AGENCY])
    night_id = 0
    for place, name, crimes, people in DELIVERIES:
        source, day = place.split("/")
        made.put(source, day, CRIME_HEADER + crimes, f"{name}crimes.csv")
        made.put(source, day, PEOPLE_HEADER + people, f"{name}people.csv")
        night_id = made.load()
    for day, reviews in REVIEWS.items():
        made.put("91", day, REVIEW_HEADER + reviews)
        night_id = made.load()
    with warehouse.connect(made.url, autocommit=True) as connection:
        assert night.build(connection, made.settings, made.sources, night_id) is not None
        night.give_verdict(connection, made.settings, made.sources, night_id)
    made.put("13", "2026-09-05", CRIME_HEADER + "ZQREF-N;03/09/2026;019/08;L;;;\n", "crimes.csv")
    made.put("13", "2026-09-05", PEOPLE_HEADER, "people.csv")
    made.load()
    return made


def keys_of_everything(country: Warehouse) -> list[str]:
    keys = [
        key
        for query in (
            "select distinct crime_key from intermediate.int_crime_version",
            "select involvement_key from intermediate.int_involvement_version",
            "select distinct person_key from linkage.person",
            "select person_record_key from linkage.person",
            "select object_key from ops.extract",
            "select load_id || ':' || extract_name || ':' || row_number from raw.crime",
            "select load_id || ':' || extract_name || ':' || row_number from raw.involvement",
            "select load_id || ':' || extract_name || ':' || row_number from raw.case_review",
            "select distinct case_key from intermediate.int_case_review_version",
        )
        for (key,) in country.rows(query)
    ]
    references = [
        f"{code}/ZQREF-{letter}"
        for code, letters in (("13", "ABCDEN"), ("14", "XY"), ("03", "PQ"), ("91", "K"))
        for letter in letters
    ]
    return [*keys, *references]
