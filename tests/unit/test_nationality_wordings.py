"""How nationality is written in words: by the country that they name, misspelt or not, never a guess."""

from itertools import combinations, permutations
from random import Random

import pytest
from coded import CODES, DEMONYMS, misspelt
from hypothesis import given
from hypothesis import strategies as st
from nationalities import ANSWERS, KNOWN, WORDINGS, nationality, rule

from csae.code_sets import normalised_form

NATIONAL = CODES.seeds.sets["nationalities"]
CLEAR = sorted({row["wording"] for row in WORDINGS if row["nationality_code"] != "AMBIGUOUS"})


def words(value: str) -> str:
    return NATIONAL.words(normalised_form(value))


# Wordings


@pytest.mark.parametrize(
    ("value", "code"),
    [("131-NIGERIAN", "NGA"), ("132 - Nigerien", "NER"), ("1: British", "GBR"), ("2 Congolese", None), ("12", None)],
)
def test_a_number_of_a_form_s_own_list_before_a_nationality_is_left_aside(value: str, code: str | None) -> None:
    assert nationality(value) == code
    assert rule(value) == ("code_left_aside" if code else None) or code is None


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
