"""What of the harder world nothing could link rightly: the bounds within which any method is measured."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from csae.synthetic.hard_people import HardPeople


@dataclass(frozen=True)
class Evidence:
    """Counts of pairs of records."""

    true_pairs: int
    """Of one person."""
    undecidable: int
    """Of those: they share no evidence, even by way of the person's other records, so no method can find them."""
    look_alikes: int
    """Of two people, written with one surname, one forename and one date of birth that is no 1 January, and not both
    with a PNC id: no method can keep them apart but by leaving true pairs apart too."""


def evidence(people: HardPeople) -> Evidence:
    """Two records of a person share evidence when they have one right PNC id, one local reference, or a surname in
    common (the own, a half of it, a married one, the alias) and each a date that is the person's, exact or with day
    and month exchanged or one digit wrong.

    A surname counts however it is misspelt and wherever it stands. Forename, sex and the year of a placeholder do not
    count: with a surname and a date they are more than is needed, without them they are not enough.
    """
    truth = people.truth.with_columns(people.records["force", "person_ref", "pnc_id"])
    return Evidence(
        true_pairs=_pairs(truth, "person"),
        undecidable=_pairs(truth, "person") - _pairs(truth.with_columns(_linked(truth)), "linked"),
        look_alikes=_look_alikes(people),
    )


def _linked(truth: pl.DataFrame) -> pl.Series:
    """A number for each record, the same for those that share evidence, in one step or several."""
    dated = ~pl.any_horizontal("born_missing", "born_placeholder", "born_never_known", "alias_born")
    as_alias = pl.col("surname_as") == "alias"
    kinds = {
        "pnc id": pl.col("pnc_shown") & ~pl.col("pnc_digit"),
        "surname": pl.col("surname_as").is_in(["own", "first", "both"]) & dated,
        "second surname": pl.col("surname_as").is_in(["own", "second"]) & dated,
        "married surname": pl.col("surname_as").is_in(["married", "both"]) & dated,
        "alias": as_alias & dated,
        "alias with a date of its own": as_alias
        & pl.col("alias_born")
        & ~pl.any_horizontal("born_missing", "born_placeholder", "born_never_known"),
    }
    records = truth.with_row_index("record")
    shared = [
        *(records.filter(holds).group_by("person").agg("record") for holds in kinds.values()),
        records.group_by("person", "force", "person_ref").agg("record"),
    ]
    links = pl.concat([frame.select("record") for frame in shared]).with_row_index("evidence").explode("record")
    piece, record = links["evidence"].to_numpy(), links["record"].to_numpy()
    linked = np.arange(truth.height)
    while True:
        least = np.full(links["evidence"].n_unique(), truth.height)
        np.minimum.at(least, piece, linked[record])
        before = linked.copy()
        np.minimum.at(linked, record, least[piece])
        if np.array_equal(before, linked):
            return pl.Series("linked", linked)


def _look_alikes(people: HardPeople) -> int:
    written = people.records.select(pl.col("surname", "forenames").str.to_uppercase(), "date_of_birth", "pnc_id")
    written = written.with_columns(people.truth["person"]).filter(~pl.col("date_of_birth").str.ends_with("-01-01"))
    written = written.drop_nulls(["surname", "forenames", "date_of_birth"])
    alike = ("surname", "forenames", "date_of_birth")
    known = written.drop_nulls("pnc_id")
    return sum(
        sign * (_pairs(frame, *alike) - _pairs(frame, *alike, "person")) for sign, frame in ((1, written), (-1, known))
    )


def _pairs(frame: pl.DataFrame, *same: str) -> int:
    """How many pairs of rows are the same in these columns."""
    count = pl.col("len").cast(pl.Int64)
    pairs: int = frame.group_by(same).len().select((count * (count - 1) // 2).sum()).item()
    return pairs
