"""How nationality and immigration status are written: a code by its set, a wording by what it names, never a guess."""

import csv
from collections.abc import Iterator
from itertools import combinations, permutations
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csae.code_sets import normalised_form, read_code_sets
from csae.sources.columns import SCHEMES

PROJECT = Path(__file__).parents[2]
SEEDS = PROJECT / "dbt_project" / "seeds"
CODES = read_code_sets(SEEDS)
NATIONAL = CODES.seeds.sets["nationalities"]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


DEMONYMS = rows(PROJECT / "tests" / "reference" / "nationality_demonyms.csv")
NATIONALITIES = rows(SEEDS / "nationality.csv")
SCHEME_CODES = rows(SEEDS / "nationality_scheme_code.csv")
WORDINGS = rows(SEEDS / "nationality_wording.csv")
IMMIGRATION = rows(SEEDS / "immigration_status_wording.csv")
KNOWN = {row["nationality_code"] for row in NATIONALITIES}
ANSWERS = {"NR", "REFUSED", "STATELESS", "UNK", "AMBIGUOUS"}
ALPHA_2 = {row["alpha_2"]: row["nationality_code"] for row in NATIONALITIES if row["kind"] == "country"}
CLEAR = sorted({row["wording"] for row in WORDINGS if row["nationality_code"] != "AMBIGUOUS"})
PRISON = "prison_and_probation_nationality"


def nationality(value: str, scheme: str | None = None) -> str | None:
    return CODES.decode("nationalities", value, scheme)


def rule(value: str, scheme: str | None = None) -> str:
    return CODES.read("nationalities", value, scheme).rule.name


def immigration(value: str) -> str | None:
    return CODES.decode("immigration_status", value)


def words(value: str) -> str:
    return NATIONAL.words(normalised_form(value))


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


# Wordings


@pytest.mark.parametrize(
    "value",
    [
        *("British", "Briton", "UK", "U.K.", "Great Britain", "United Kingdom", "British citizen", "UK National"),
        *("English", "Scottish", "Welsh", "Northern Irish", "England", "Scotland", "Wales", "Northern Ireland"),
        *("British Overseas Territories Citizen", "British National (Overseas)", "BN(O)", "British Overseas Citizen"),
        *("British Protected Person", "British Subject", "Prydeinig", "Cymraes", "Y Deyrnas Unedig"),
    ],
)
def test_british_in_every_form(value: str) -> None:
    assert nationality(value) == "GBR"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(("Irish", "IRL"), ("Republic of Ireland", "IRL"), ("Ireland, Republic of", "IRL"), ("Eire", "IRL")),
        *(("Dominican", "DMA"), ("Citizen of Dominica", "DMA"), ("Citizen of the Dominican Republic", "DOM")),
        *(("Nigerien", "NER"), ("Nigerian", "NGA"), ("Niger", "NER"), ("Nigeria", "NGA")),
        *(("Guinean", "GIN"), ("Guinea-Bissau", "GNB"), ("Equatorial Guinea", "GNQ"), ("Papua New Guinea", "PNG")),
        *(("Guyanese", "GUY"), ("French Guyanese", "GUF"), ("Samoan", "WSM"), ("American Samoan", "ASM")),
        *(("South Korean", "KOR"), ("Korea, North", "PRK"), ("Republic of Korea", "KOR")),
        *(("Korea, Democratic People's Republic of", "PRK"), ("Democratic Peoples Republic of Korea", "PRK")),
        *(("Sudanese", "SDN"), ("South Sudanese", "SSD"), ("Republic of the Sudan", "SDN")),
        *(("Congolese (DRC)", "COD"), ("Congolese (Republic of the Congo)", "COG"), ("Congo, Dem. Rep.", "COD")),
        *(("Republic of the Congo", "COG"), ("Zaire", "COD"), ("Congolese (Congo)", "COG")),
        *(("China", "CHN"), ("Taiwan", "TWN"), ("Hong Kong Chinese", "HKG"), ("Macanese", "MAC")),
        *(("American", "USA"), ("U.S.", "USA"), ("British Indian Ocean Territory", "IOT"), ("Micronesian", "FSM")),
        *(
            ("Manx", "IMN"),
            ("Jersey", "JEY"),
            ("Sark", "GGY"),
            ("Gibraltarian", "GIB"),
            ("British Virgin Islander", "VGB"),
        ),
        *(("Argentine", "ARG"), ("Argentinian", "ARG"), ("Argentinean", "ARG"), ("Kosovar", "XKX")),
        *(("Burma", "MMR"), ("Swaziland", "SWZ"), ("Macedonia", "MKD"), ("Cape Verde", "CPV"), ("East Timor", "TLS")),
        *(("Côte d'Ivoire", "CIV"), ("Ivory Coast", "CIV"), ("Türkiye", "TUR"), ("São Tomé & Príncipe", "STP")),
        *(("Yugoslavian", "YUG"), ("Serb or Croat", "YUG"), ("Soviet", "SUN"), ("Czechoslovakian", "CSK")),
        *(
            ("Dutch Antillean", "ANT"),
            ("Serbia and Montenegro", "SCG"),
            ("Former Yugoslav Republic of Macedonia", "MKD"),
        ),
        *(("Gwlad Pwyl", "POL"), ("Yr Almaen", "DEU"), ("Gwyddelig", "IRL"), ("Polska", "POL")),
    ],
)
def test_names_that_are_near_to_each_other_stay_apart(value: str, code: str) -> None:
    assert nationality(value) == code


@pytest.mark.parametrize(
    "value",
    [
        *("Kurdish", "Tamil", "Roma", "Arab", "Asian", "African", "Caribbean", "European", "Persian", "White British"),
        *("West Indian", "South American", "EU citizen", "Dual national", "Other", "None", "Greek Cypriot", "Timor"),
        *("Channel Islander", "Irish and Northern Irish", "Sudanese / South Sudanese", "Serbian / Montenegrin"),
    ],
)
def test_an_ethnicity_a_region_or_two_nationalities_are_no_nationality(value: str) -> None:
    assert rule(value) == "ambiguous"


@pytest.mark.parametrize(
    "value", ["British / Irish", "British and Somali", "Pakistani or Indian", "Romenyen", "Citizen", ""]
)
def test_what_is_not_listed_is_not_guessed(value: str) -> None:
    assert rule(value) == "not_known"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(
            ("Not known", "NR"),
            ("Not stated", "NR"),
            ("Not recorded", "NR"),
            ("Nationality unknown", "NR"),
            ("N/K", "NR"),
        ),
        *(("Refused", "REFUSED"), ("Prefer not to say", "REFUSED"), ("Not stated - refused", "REFUSED")),
        *(("Stateless", "STATELESS"), ("Stateless person", "STATELESS"), ("Refugee", "UNK"), ("Asylum seeker", "UNK")),
    ],
)
def test_answers_that_name_no_country(value: str, code: str) -> None:
    assert nationality(value) == code


@pytest.mark.parametrize("value", ["Citizenship refused", "Not disclosed"])
def test_an_answer_that_may_be_no_refusal_to_answer_is_none(value: str) -> None:
    assert rule(value) == "ambiguous"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(("POL - Polish", "POL"), ("Poland (PL)", "POL"), ("Poland (Polish)", "POL"), ("New Zealand (NZ)", "NZL")),
        *(("GBN British National Overseas", "GBR"), ("IRL - Polish", None), ("Poland (Irish)", None), ("PL", None)),
        ("Polish Irish", None),
    ],
)
def test_a_nationality_said_twice_is_read_and_two_are_not(value: str, code: str | None) -> None:
    assert nationality(value) == code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(("Dutch, Netherlandic", "NLD"), ("Saint-Pierrais or Miquelonnais", "SPM"), ("serb OR serbian", "SRB")),
        *(("Kyrgyzstani, Kyrgyz, Kirgiz, Kirghiz", "KGZ"), ("Emirati;Emiri", "ARE"), ("British or English", "GBR")),
        *(("Serb or Croat or Croatian", None), ("Dutch, Martian", None), ("Iranian/British", None), ("Dutch or", None)),
    ],
)
def test_names_of_one_country_in_one_cell_are_that_country(value: str, code: str | None) -> None:
    assert (nationality(value), rule(value)) == (code, "alternatives" if code else "not_known")


def test_names_of_two_countries_in_one_cell_are_neither() -> None:
    """But where the whole is a name of its own, as `Serbia and Montenegro`, or listed as ambiguous."""
    names = {row["citizen_names"].split(",")[0].strip() for row in DEMONYMS} - {"", "N/A"}
    pairs = list(permutations(sorted(names), 2))
    read = {f"{one}, {other}" for one, other in pairs if rule(f"{one}, {other}") == "alternatives"}
    same = {text for text in read if len({*map(nationality, text.split(", "))}) == 1}
    assert len(pairs) > 30_000
    assert read == same


# With a letter wrong, without blanks, or with letters lost


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *(("alabanian", "ALB"), ("Bangladehi", "BGD"), ("Lituanian", "LTU"), ("Zimbabwian citizen", "ZWE")),
        *(("New Caledonians", "NCL"), ("Kazakstani", "KAZ"), ("United Kingdon", "GBR")),
        *(("elsalvador", "SLV"), ("SouthAfrican", "ZAF"), ("UnitedKingdom", "GBR")),
        *(("TÃ¼rkiye", "TUR"), ("C?te d'Ivoire", "CIV"), ("Curaao", "CUW"), ("São ToméandPríncipe", None)),
    ],
)
def test_what_can_be_but_one_country_is_that(value: str, code: str | None) -> None:
    assert nationality(value) == code


@pytest.mark.parametrize(
    "value",
    ["Javanese", "Sundanese", "Sorbian", "Austrlian", "Zambiam or", "Koreann", "Ulbanian"],
)
def test_what_may_be_another_is_not_read(value: str) -> None:
    """Like two countries, like one that has no single meaning, or a people that is no nationality."""
    assert nationality(value) is None


def test_no_listed_word_with_a_letter_wrong_is_read_as_another_country() -> None:
    """Every word and every misspelling of it by a letter left out, doubled, changed or moved: its meaning or none."""
    spelling = NATIONAL.spelling
    assert spelling
    assert len(spelling.meanings) > 2000
    tried = [(word, wrong) for word in spelling.meanings for wrong in misspelt(word) if wrong not in spelling.meanings]
    read = [(word, found) for word, wrong in tried if (found := spelling.corrected(wrong))]
    assert len(read) > 50_000
    assert {(word, found) for word, found in read if spelling.meanings[word] != spelling.meanings[found]} == set()


def test_no_wording_of_a_country_with_two_letters_wrong_is_often_another() -> None:
    """Two wrong letters are beyond what is meant to be read: of those read all the same under 1 in 100 is another."""
    draw = Random(1)
    texts = [text for text in CLEAR if len(text) > 6 for _ in range(10)]
    read = [
        (text, code)
        for text in texts
        if (code := nationality(draw.choice([*misspelt(draw.choice([*misspelt(text)]))])))
    ]
    wrong = [(text, code) for text, code in read if code != nationality(text)]
    assert len(read) > 3000
    assert len(wrong) < len(read) / 100


def misspelt(word: str) -> Iterator[str]:
    for at in range(len(word)):
        before, letter, after = word[:at], word[at], word[at + 1 :]
        yield before + after
        yield before + letter + letter + after
        yield before + after[:1] + letter + after[1:]
        yield from (before + other + after for other in "AEIKSZ")


# The seeds as a whole


def test_every_wording_is_in_the_normal_form_with_one_meaning() -> None:
    meanings: dict[str, set[str]] = {}
    for row in WORDINGS:
        assert normalised_form(row["wording"]) == row["wording"]
        assert row["nationality_code"] in KNOWN | ANSWERS
        meanings.setdefault(row["wording"], set()).add(row["nationality_code"])
    assert {form for form, codes in meanings.items() if len(codes) > 1} == set()


def test_a_kind_is_said_of_what_names_a_country_and_of_nothing_else() -> None:
    assert {bool(row["scheme"]) == (row["nationality_code"] not in ANSWERS) for row in WORDINGS} == {True}


def test_every_code_stands_for_a_nationality_or_an_answer() -> None:
    assert {row["nationality_code"] for row in SCHEME_CODES} - KNOWN == {"NR", "REFUSED"}
    assert {row["scheme"] for row in SCHEME_CODES} | {row["scheme"] for row in WORDINGS} - {""} == SCHEMES[
        "nationalities"
    ]


def test_wordings_of_the_same_words_mean_the_same() -> None:
    meanings: dict[str, set[str]] = {}
    for row in WORDINGS:
        if row["nationality_code"] != "AMBIGUOUS":
            meanings.setdefault(words(row["wording"]), set()).add(row["nationality_code"])
    assert {key for key, codes in meanings.items() if len(codes) > 1 or not key} == set()


@pytest.mark.parametrize(
    "group",
    [
        ("Guinea", "Guinea-Bissau", "Equatorial Guinea", "Papua New Guinea"),
        ("Niger", "Nigeria"),
        ("North Korea", "South Korea", "Korea", "Republic of Korea", "Democratic People's Republic of Korea"),
        ("Sudan", "South Sudan"),
        ("Dominica", "Dominican Republic"),
        ("Congo", "Republic of the Congo", "Democratic Republic of the Congo"),
        ("China", "Republic of China", "People's Republic of China"),
        ("Ireland", "Northern Ireland", "Republic of Ireland"),
        ("Samoa", "American Samoa"),
        ("Virgin Islands", "British Virgin Islands", "US Virgin Islands"),
        ("Macedonia", "Yugoslavia", "Former Yugoslav Republic of Macedonia"),
    ],
)
def test_no_word_that_tells_countries_apart_is_dropped(group: tuple[str, ...]) -> None:
    assert all(words(one) != words(other) for one, other in combinations(group, 2))


@given(st.sampled_from(CLEAR), st.randoms(use_true_random=False))
def test_capitals_accents_and_punctuation_do_not_matter(form: str, draw: Random) -> None:
    expected = nationality(form)
    letters = "".join(random_case(letter, draw) for letter in form)
    assert nationality(f" {letters.replace(' ', '  - ')}. ") == expected
    assert nationality(form.replace("E", "É").replace("O", "ö").replace("C", "Ç")) == expected


def random_case(letter: str, draw: Random) -> str:
    return letter.lower() if draw.random() < 0.5 else letter


@given(
    st.sampled_from(CLEAR),
    st.sampled_from(["{} citizen", "Citizen of {}", "Citizen of the {}", "{} national", "the {}"]),
)
def test_a_citizen_of_a_country_has_its_nationality(form: str, sentence: str) -> None:
    assert nationality(sentence.format(form.title())) in {nationality(form), None}


@given(st.permutations(["KOREA", "DEMOCRATIC", "PEOPLES", "REPUBLIC", "OF", "THE"]))
def test_the_order_of_words_does_not_matter(order: list[str]) -> None:
    assert nationality(" ".join(order)) == "PRK"


@given(st.text(max_size=30))
def test_any_text_is_a_known_nationality_or_none(text: str) -> None:
    assert nationality(text) in KNOWN | ANSWERS - {"AMBIGUOUS"} | {None}


# Immigration status


@pytest.mark.parametrize(
    ("value", "status"),
    [
        *(("Asylum seeker", "asylum_seeker"), ("asylum-seeker", "asylum_seeker"), ("Seeking asylum", "asylum_seeker")),
        *(
            ("Refugee", "refugee"),
            ("REFUGEE STATUS", "refugee"),
            ("None", "none"),
            ("N/A", "none"),
            ("Neither", "none"),
            ("Not recorded", "not_recorded"),
            ("Unknown", "not_recorded"),
        ),
    ],
)
def test_an_immigration_status_is_one_of_three_words_or_not_recorded(value: str, status: str) -> None:
    assert immigration(value) == status


@pytest.mark.parametrize(
    "value",
    [
        *(
            "British citizen",
            "British",
            "Visa overstayer",
            "Humanitarian protection",
            "Failed asylum seeker",
        ),
        *("Asylum refused", "Refugee status refused", "Not a refugee", "Indefinite leave to remain", "Asylum", "No"),
        *("Stateless", "EU settled status", "Former asylum seeker"),
    ],
)
def test_any_other_immigration_status_is_unmapped(value: str) -> None:
    assert immigration(value) is None


def test_no_nationality_is_an_immigration_status() -> None:
    named = {row["wording"] for row in WORDINGS if row["scheme"]}
    assert {form for form in named if immigration(form)} == set()


def test_every_immigration_wording_is_in_the_normal_form_and_says_one_of_four() -> None:
    assert [normalised_form(row["wording"]) for row in IMMIGRATION] == [row["wording"] for row in IMMIGRATION]
    assert {row["immigration_status"] for row in IMMIGRATION} == {"asylum_seeker", "refugee", "none", "not_recorded"}
