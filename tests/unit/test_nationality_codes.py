"""How nationality is written by a list: a country and its citizens by gov.uk's, a code by its set alone."""

import pytest
from coded import DEMONYMS, SEEDS, rows
from nationalities import KNOWN, NATIONALITIES, WORDINGS, nationality, rule

from csae.sources.columns import SCHEMES

SCHEME_CODES = rows(SEEDS / "nationality_scheme_code.csv")
ALPHA_2 = {row["alpha_2"]: row["nationality_code"] for row in NATIONALITIES if row["kind"] == "country"}
PRISON = "prison_and_probation_nationality"


# The gov.uk list


def test_the_list_of_citizen_names_has_196_countries() -> None:
    assert len(DEMONYMS) == 196


@pytest.mark.parametrize("row", DEMONYMS, ids=lambda row: row["iso_alpha2"])
def test_every_country_and_citizen_name_of_the_list_is_its_country(row: dict[str, str]) -> None:
    code = nationality(row["iso_alpha2"], "iso_alpha2")
    assert code == ALPHA_2[row["iso_alpha2"]]
    names = row["citizen_names"].split(", ")
    assert {nationality(name, "nationality_demonym") for name in names} == {code}
    if row["country"] == "Congo":
        assert rule(row["country"], "country_name") == "ambiguous"
    else:
        assert nationality(row["country"], "country_name") == code


@pytest.mark.parametrize("scheme", sorted(SCHEMES["nationalities"]))
@pytest.mark.parametrize("value", ["Congo", "Congolese", "the Congo", "Korea", "Korean", "Virgin Islands"])
def test_what_can_mean_two_countries_is_signalled_in_every_set(value: str, scheme: str) -> None:
    assert rule(value, scheme) == "ambiguous"


# Codes


def test_every_code_of_iso_3166_is_there_current_and_withdrawn() -> None:
    kinds = [row["kind"] for row in NATIONALITIES]
    assert (kinds.count("country"), kinds.count("former_country"), kinds.count("special")) == (250, 8, 2)
    sources = [(row["scheme"], row["source"]) for row in SCHEME_CODES]
    assert sources.count(("iso_alpha2", "ISO 3166-1")) == sources.count(("iso_alpha3", "ISO 3166-1")) == 249
    assert sources.count(("iso_alpha3", "ISO 3166-3")) == 30  # of 31: ATF is still in use
    assert len({row["code"] for row in SCHEME_CODES if row["scheme"] == PRISON}) == 242


@pytest.mark.parametrize("row", [row for row in NATIONALITIES if row["kind"] == "country"], ids=lambda row: row["name"])
def test_a_country_is_read_from_its_codes_and_its_name(row: dict[str, str]) -> None:
    code = row["nationality_code"]
    assert nationality(code, "iso_alpha3") == nationality(row["alpha_2"], "iso_alpha2") == code
    assert nationality(row["name"]) == (None if code == "COG" else code)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        *(
            ("SUN", "SUN"),
            ("YUG", "YUG"),
            ("SCG", "SCG"),
            ("CSK", "CSK"),
            ("ANT", "ANT"),
            ("PCI", "PCI"),
            ("NTZ", "NTZ"),
        ),
        *(
            ("DDR", "DEU"),
            ("ZAR", "COD"),
            ("BUR", "MMR"),
            ("TMP", "TLS"),
            ("RHO", "ZWE"),
            ("ROM", "ROU"),
            ("BYS", "BLR"),
        ),
        *(("GBR", "GBR"), ("GBD", "GBR"), ("GBN", "GBR"), ("GBO", "GBR"), ("GBP", "GBR"), ("GBS", "GBR")),
        *(("XKX", "XKX"), ("RKS", "XKX"), ("XK", "XKX"), ("D", "DEU"), ("D<<", "DEU"), ("ENG", "GBR"), ("SCT", "GBR")),
        *(("XXA", "STATELESS"), ("XXB", "UNK"), ("XXC", "UNK"), ("XXX", "UNK"), ("UNK", None), ("GER", None)),
    ],
)
def test_withdrawn_codes_and_those_of_travel_documents(written: str, code: str | None) -> None:
    assert nationality(written, "iso_alpha3") == code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        *(("SU", "SUN"), ("YU", "YUG"), ("AN", "ANT"), ("DD", "DEU"), ("ZR", "COD"), ("BU", "MMR"), ("TP", "TLS")),
        *(("AI", "AIA"), ("BY", "BLR"), ("SK", "SVK"), ("GE", "GEO"), ("BQ", "BES"), ("NA", "NAM"), ("NR", "NRU")),
        *(("UK", "GBR"), ("GB", "GBR"), ("XK", "XKX"), ("EL", "GRC")),
    ],
)
def test_a_code_given_to_another_country_is_that_of_today(written: str, code: str) -> None:
    assert nationality(written, "iso_alpha2") == code


def test_cs_was_czechoslovakia_and_then_serbia_and_montenegro() -> None:
    assert rule("CS", "iso_alpha2") == "ambiguous"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        *(("BRIT", "GBR"), ("PAKN", "PAK"), ("ROMA", "ROU"), ("NIGER", "NER"), ("NIGERIA", "NGA"), ("DOMI", "DMA")),
        *(
            ("CDR", "DOM"),
            ("COND", "COG"),
            ("CONR", "COD"),
            ("SECR", "YUG"),
            ("AN", "ANT"),
            ("HV", "BFA"),
            ("KN", "KGZ"),
        ),
        *(("MAR", "MHL"), ("MO", "MYT"), ("AG", "AIA"), ("STATE", "STATELESS"), ("REF", "REFUSED"), ("UNKNOWN", "NR")),
        *(("CONG", None), ("GBR", None), ("HK", "HKG"), ("KSV", "XKX")),
    ],
)
def test_prison_and_probation_codes_are_read_in_their_own_set(written: str, code: str | None) -> None:
    assert nationality(written, PRISON) == code


@pytest.mark.parametrize("written", ["ROMA", "REF", "CONG", "NA", "NR", "NI", "NS", "UNK"])
def test_letters_that_are_a_code_of_one_set_and_mean_something_else_are_no_wording(written: str) -> None:
    assert rule(written, "country_name") == "ambiguous"


@pytest.mark.parametrize("written", ["FR", "FRA", "PAKN", "DE", "D"])
def test_a_code_is_read_by_the_declared_set_alone(written: str) -> None:
    assert rule(written) == rule(written, "nationality_demonym") == "not_known"


def test_every_code_stands_for_a_nationality_or_an_answer() -> None:
    assert {row["nationality_code"] for row in SCHEME_CODES} - KNOWN == {"NR", "REFUSED"}
    assert {row["scheme"] for row in SCHEME_CODES} | {row["scheme"] for row in WORDINGS} - {""} == SCHEMES[
        "nationalities"
    ]
