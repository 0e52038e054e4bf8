"""Which records the model in the repository takes for one person, from tokens that the pipeline makes of them."""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from csae.linkage.clustering import pair
from csae.linkage.comparisons import COMPARISONS, settings
from csae.linkage.model import MODEL_DIR, Model, ModelError, newest_model, read_model, untrained_levels, write_model
from csae.linkage.records import TOKENS, load_frame
from csae.linkage.resolving import Pairs, cut_components, resolve
from csae.linkage.scoring import Scorer, workspace
from csae.linkage.training import THRESHOLDS
from csae.linkage.worlds import PEOPLE, records_of, written

MODEL = newest_model()
Person = dict[str, str]
SMITH = {"surname": "Smithson", "forenames": "Jacob", "date_of_birth": "1984-05-17", "sex": "M"}


def a(force: str = "06", person_ref: str = "", pnc_id: str = "", **said: str) -> Person:
    """A record of Jacob Smithson, but for what is said."""
    return {"force": force, "person_ref": person_ref, "pnc_id": pnc_id, **SMITH, **said}


def records(people: Sequence[Person]) -> pl.DataFrame:
    """Their tokens, in the order given."""
    rows = [{"crime_ref": f"C{place}", "person": place, **person} for place, person in enumerate(people)]
    return written(pl.DataFrame(rows).select(PEOPLE)).sort("person")


def people(tmp_path: Path, *said: Person, same: set[tuple[int, int]] = frozenset()) -> list[list[int]]:  # type: ignore[assignment]
    """The groups of records that are taken for one person, by their places."""
    with workspace(tmp_path) as connection:
        load_frame(connection, records(said))
        person = resolve(connection, MODEL, same).person.tolist()
    return [[place for place, of in enumerate(person) if of == first] for first in sorted(set(person))]


def scored(tmp_path: Path, *said: Person) -> Pairs:
    with workspace(tmp_path) as connection:
        load_frame(connection, records(said))
        return resolve(connection, MODEL).pairs


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(a("13", surname="SMITHSON"), id="written in capitals"),
        pytest.param(a("13", surname="Smithsen"), id="a surname that sounds the same"),
        pytest.param(a("13", forenames="J"), id="an initial"),
        pytest.param(a("13", forenames="Jacob Peter"), id="a middle name more"),
        pytest.param(a("13", surname="Jacob", forenames="Smithson"), id="names in one another's place"),
        pytest.param(a("13", surname="Smithson-Webb"), id="half of a double surname"),
        pytest.param(a("13", sex=""), id="no sex"),
        pytest.param(a("13", surname="Webb", pnc_id="2001/123X"), id="another surname, the PNC id the same"),
        pytest.param(a("13", date_of_birth="1984-05-18", pnc_id="2001/123X"), id="a digit wrong, the PNC id the same"),
        pytest.param(a("13", date_of_birth="1984-01-01", pnc_id="2001/123X"), id="a placeholder, the PNC id the same"),
        pytest.param(a(person_ref="N1", date_of_birth=""), id="no date, the force's own number the same"),
    ],
)
def test_one_person(tmp_path: Path, other: Person) -> None:
    assert people(tmp_path, a(person_ref="N1", pnc_id="2001/123X"), other) == [[0, 1]]


def test_day_and_month_exchanged_are_one_date(tmp_path: Path) -> None:
    assert people(tmp_path, a(date_of_birth="1984-05-11"), a("13", date_of_birth="1984-11-05")) == [[0, 1]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(a(), a("13", date_of_birth="1990-09-02"), id="a namesake with another date of birth"),
        pytest.param(a(), a("13", date_of_birth="1984-01-01"), id="a namesake with a placeholder of the year"),
        pytest.param(a(), a("13", date_of_birth=""), id="a namesake without a date"),
        pytest.param(a(), a("13", surname="Okafor", forenames="Daniel"), id="one date of birth, other names"),
        pytest.param(a(), a(forenames="Matthew"), id="twins"),
        pytest.param(a(pnc_id="2001/123X"), a(pnc_id="1999/777A"), id="two PNC ids"),
        pytest.param(
            a(surname="", forenames="", date_of_birth=""),
            a("13", surname="", forenames="", date_of_birth=""),
            id="nothing but a sex",
        ),
        pytest.param(
            a(date_of_birth="1990-01-01"),
            a("13", date_of_birth="1990-01-01"),
            id="namesakes who share a placeholder of the year",
        ),
        pytest.param(
            a(date_of_birth="1900-01-01"), a("13", date_of_birth="1900-01-01"), id="namesakes who share a default date"
        ),
        pytest.param(a(person_ref="N1", surname="Okafor", forenames="Daniel"), a("13", person_ref="N1"),
                     id="two forces' own numbers that look alike"),
    ],
)  # fmt: skip
def test_two_people(tmp_path: Path, one: Person, other: Person) -> None:
    # A sex that only one of two records tells keeps their keys apart, where nothing else does.
    assert people(tmp_path, one, {**other, "forenames": other["forenames"]}) == [[0], [1]]


RARE = {"surname": "Ramsbottom", "forenames": "Thandiwe", "sex": "F"}
COMMON = {"surname": "Smith", "forenames": "Emma", "sex": "F"}


@pytest.mark.parametrize(
    ("date_of_birth", "rare", "common"),
    [
        pytest.param("1984-05-17", [[0, 1]], [[0, 1]], id="the same date"),
        pytest.param("1984-05-27", [[0, 1]], [[0], [1]], id="one digit wrong"),
        pytest.param("1974-05-17", [[0, 1]], [[0], [1]], id="another decade"),
        pytest.param("1984-01-01", [[0, 1]], [[0], [1]], id="a placeholder of the year"),
        pytest.param("", [[0, 1]], [[0], [1]], id="no date"),
        pytest.param("1990-01-01", [[0], [1]], [[0], [1]], id="a placeholder of another year"),
        pytest.param("1990-09-02", [[0], [1]], [[0], [1]], id="another date"),
    ],
)
def test_names_that_are_rare_need_less_of_a_date(
    tmp_path: Path, date_of_birth: str, rare: list[list[int]], common: list[list[int]]
) -> None:
    assert people(tmp_path, a(**RARE), a("13", **RARE, date_of_birth=date_of_birth)) == rare
    assert people(tmp_path, a(**COMMON), a("13", **COMMON, date_of_birth=date_of_birth)) == common


def test_where_it_is_not_known_whether_names_are_common_they_weigh_as_common_ones(tmp_path: Path) -> None:
    unknown = [pl.lit(None, pl.Boolean).alias(name) for name in ("surname_is_common", "forename_is_common")]
    pair_of = records([a(**RARE), a("13", **RARE, date_of_birth="1984-05-27")])

    def weights(told: pl.DataFrame) -> list[float]:
        with workspace(tmp_path) as connection:
            load_frame(connection, told)
            return Scorer(connection, MODEL).within(-50.0)[2].tolist()

    rare, not_known = weights(pair_of), weights(pair_of.with_columns(unknown))
    common = weights(records([a(**COMMON), a("13", **COMMON, date_of_birth="1984-05-27")]))

    assert rare > not_known == common


def test_twins_with_a_local_number_in_common_are_one_person_whose_name_was_mistaken(tmp_path: Path) -> None:
    assert people(tmp_path, a(person_ref="N1"), a(person_ref="N1", forenames="Matthew")) == [[0, 1]]


def test_an_initial_goes_with_one_of_two_twins(tmp_path: Path) -> None:
    found = people(tmp_path, a(), a(forenames="Joshua"), a("13", forenames="J"))

    assert found in ([[0, 2], [1]], [[0], [1, 2]])


def test_an_initial_with_the_number_of_one_twin_does_not_bring_the_other(tmp_path: Path) -> None:
    twins = a(person_ref="N1"), a(person_ref="N2", forenames="Joshua")

    assert people(tmp_path, *twins, a(person_ref="N1", forenames="J")) == [[0, 2], [1]]


def test_a_misspelt_forename_with_a_known_number_does_not_split_the_person(tmp_path: Path) -> None:
    misspelt = a(pnc_id="2001/123X", forenames="Jocabz")

    assert people(tmp_path, misspelt, a(pnc_id="2001/123X"), a("13")) == [[0, 1, 2]]


def test_someone_known_by_a_middle_name_is_no_twin_of_themselves(tmp_path: Path) -> None:
    assert people(tmp_path, a(forenames="Jacob Peter"), a("13", forenames="Peter")) == [[0, 1]]


def test_two_who_were_judged_the_same_are_one(tmp_path: Path) -> None:
    assert people(tmp_path, a(), a(forenames="Matthew"), same={(0, 1)}) == [[0, 1]]


def test_a_pair_weighs_the_same_whoever_else_is_there(tmp_path: Path) -> None:
    """No term frequencies: a weight is a function of the two records and the model."""
    pair_alone = a(), a("13", surname="Smithsen")
    crowd = [a("13", date_of_birth=f"19{year}-05-17", pnc_id=f"20{year}/1X") for year in range(50, 99)]

    alone, among = scored(tmp_path, *pair_alone), scored(tmp_path, *pair_alone, *crowd)

    places = among.one.tolist().index(0)
    assert (alone.weight[0], among.weight[places]) == (alone.weight[0], alone.weight[0])
    assert among.other[places] == 1


def test_a_pair_weighs_the_same_either_way_round_and_between_new_and_old(tmp_path: Path) -> None:
    one, other = a(), a("13", forenames="Smithson", surname="Jacob")
    with workspace(tmp_path) as connection:
        load_frame(connection, records([one]), "old")
        load_frame(connection, records([other]), "new")
        connection.execute("update new set record_id = 1")
        left, right, between = Scorer(connection, MODEL, "old").between("new", "old", -50.0)

    assert (left.tolist(), right.tolist()) == ([0], [1])
    assert between.tolist() == scored(tmp_path, one, other).weight.tolist()
    assert between.tolist() == scored(tmp_path, other, one).weight.tolist()


def test_a_number_that_thousands_share_makes_no_huge_block_and_no_one_person(tmp_path: Path) -> None:
    """3,000 people of one junk PNC id and one local number: 4.5 million pairs, were they all compared."""
    rng = np.random.default_rng(1)
    letters = np.array(list("BCDFGKLMNPRST"))
    crowd = [
        a(
            pnc_id="0000/0000000A",
            person_ref="UNKNOWN",
            surname="".join(rng.choice(letters, 6)),
            forenames="".join(rng.choice(letters, 6)),
            date_of_birth=f"{1950 + place % 60}-{1 + place % 12:02}-{1 + place % 28:02}",
        )
        for place in range(3_000)
    ]

    found = people(tmp_path, *crowd)

    assert max(map(len, found)) <= 500


def test_a_component_too_large_is_cut_at_its_weaker_pairs() -> None:
    one, other = np.arange(9), np.arange(1, 10)
    weight = np.where(one == 4, 5.0, 9.0)

    component = cut_components(10, (one, other, weight), (), join=4.0, largest=6)

    assert component.tolist() == [0] * 5 + [1] * 5


def test_what_judgements_tie_is_never_cut() -> None:
    one, other = np.arange(9), np.arange(1, 10)
    component = cut_components(
        10, (one, other, np.full(9, 5.0)), [pair(place, place + 1) for place in range(9)], join=4.0, largest=6
    )

    assert component.tolist() == [0] * 10


def test_the_model_of_the_repository_is_whole_and_says_how_it_was_made() -> None:
    assert untrained_levels(MODEL.settings) == []
    assert MODEL.thresholds.split < MODEL.thresholds.join < MODEL.thresholds.overwhelming
    assert {comparison["output_column_name"] for comparison in MODEL.settings["comparisons"]} == {
        comparison.name.replace(" ", "_") for comparison in COMPARISONS
    }
    assert {"worlds", "seed", "records", "people", "method"} == set(MODEL.training)
    assert (MODEL_DIR / f"{MODEL.version}.svg").read_text().startswith("<svg")
    assert "tf_adjustment_column" not in json.dumps(MODEL.settings)


def test_the_model_compares_as_the_code_says_so_it_was_trained_since_that_changed() -> None:
    def said(values: dict[str, Any]) -> list[object]:
        rules = [rule["blocking_rule"] for rule in values["blocking_rules_to_generate_predictions"]]
        return [
            rules,
            *(
                (
                    comparison["output_column_name"],
                    [level["sql_condition"] for level in comparison["comparison_levels"]],
                )
                for comparison in values["comparisons"]
            ),
        ]

    assert said(MODEL.settings) == said(settings().create_settings_dict("duckdb"))
    assert MODEL.thresholds == THRESHOLDS


def _untrained() -> Model:
    settings = json.loads(json.dumps(MODEL.settings))
    del settings["comparisons"][0]["comparison_levels"][1]["m_probability"]
    return replace(MODEL, settings=settings)


def test_a_model_with_an_untrained_comparison_is_refused_when_it_is_read(tmp_path: Path) -> None:
    path = write_model(_untrained(), tmp_path)

    with pytest.raises(ModelError, match=r"not wholly trained: surname: the same"):
        read_model(path)


def test_a_model_with_an_untrained_comparison_is_refused_where_splink_would_only_warn(tmp_path: Path) -> None:
    untrained = _untrained()
    with workspace(tmp_path) as connection:
        load_frame(connection, records([a()]))
        with pytest.raises(ModelError, match="untrained comparison"):
            Scorer(connection, untrained)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "person_2026_01_01.json").write_text("{}")

    with pytest.raises(ModelError, match=r"is not a linkage model; make one with csae person train\."):
        newest_model(tmp_path)


def test_without_a_model_it_is_said_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no linkage model in .*; make one with csae person train\."):
        newest_model(tmp_path)


def test_nothing_is_logged_or_printed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        people(tmp_path, a(), a("13"), a(forenames="Matthew"))

    assert (caplog.text, capfd.readouterr()) == ("", ("", ""))


def test_a_record_s_tokens_make_its_key_and_equal_records_are_one() -> None:
    rows = [{"crime_ref": f"C{place}", "person": place, **a()} for place in range(2)]
    told = written(pl.DataFrame(rows).select(PEOPLE))

    assert told["person_record_key"].n_unique() == 1
    assert records_of(told).height == 1
    assert set(TOKENS) < set(told.columns)
