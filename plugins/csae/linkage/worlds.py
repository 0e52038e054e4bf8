"""Person records of synthetic worlds with the truth beside them: what the model is trained and measured on.

A world is rendered as its forces write it and made into tokens by the pipeline's own code, so that the model sees
what a night sees.
"""

import hashlib
from datetime import date

import numpy as np
import polars as pl

from csae.linkage.records import OPTIONAL_TOKENS, TOKENS
from csae.mapping import CRIME_ROW_NUMBER, ROW_NUMBER
from csae.offence_days import NO_DAYS
from csae.pseudonyms import Keys, derive_keys, pseudonymise_people
from csae.synthetic import Plan, fields
from csae.synthetic.deliveries import build_world
from csae.synthetic.hard_people import draw_people
from csae.synthetic.hard_plan import HardPlan
from csae.synthetic.layouts import LAYOUTS
from csae.synthetic.rendering import batches

KEYS = derive_keys(hashlib.sha256(b"synthetic people have no secret").digest())
PEOPLE = ("force", "person", "crime_ref", "person_ref", "surname", "forenames", "date_of_birth", "pnc_id", "sex")


def people_of_plan(plan: Plan) -> pl.DataFrame:
    """`PEOPLE`, one row for each person on a record of a crime on the last night, as the forces write them."""
    world = build_world(plan)
    frames = []
    for place, force in enumerate(plan.police):
        records = np.flatnonzero(world.records.force == place)
        for batch in batches(world, LAYOUTS[force], plan.nights - 1, records):
            person = world.people.person[batch.rows]
            references = fields.crime_refs(batch)
            frames.append(
                pl.DataFrame(
                    {
                        "force": [force] * len(batch.rows),
                        "person": person.astype(np.int64),
                        "crime_ref": [references[owner] for owner in batch.owners.tolist()],
                        "person_ref": fields.person_refs(batch),
                        "surname": fields.surnames(batch),
                        "forenames": fields.forenames(batch),
                        "date_of_birth": [
                            date.fromordinal(day).isoformat() for day in world.persons.born[person].tolist()
                        ],
                        "pnc_id": fields.pnc_ids(batch),
                        "sex": ["M" if male else "F" for male in world.persons.male[person].tolist()],
                    }
                )
            )
    return pl.concat(frames)


def people_of_hard_plan(plan: HardPlan) -> pl.DataFrame:
    """`PEOPLE`, one row for each person on a record of a crime, of the harder world."""
    people = draw_people(plan)
    return people.records.with_columns(people.truth["person"].cast(pl.Int64)).select(PEOPLE)


def written(people: pl.DataFrame, keys: Keys = KEYS) -> pl.DataFrame:
    """How each row of `PEOPLE` is written, in tokens: `TOKENS`, `person` and `person_record_key`.

    Rows that are written alike have one key. It is made as the pipeline makes it: MD5 of the tokens.
    """
    tokens = pl.concat([_tokens(frame, keys, str(force)) for (force,), frame in people.group_by("force")])
    parts = [pl.col(name).cast(pl.String).fill_null("") for name in TOKENS]
    texts = tokens.select(pl.concat_str(parts, separator="|")).to_series().to_list()
    made = [hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() for text in texts]
    return tokens.with_columns(pl.Series("person_record_key", made))


def records_of(tokens: pl.DataFrame) -> pl.DataFrame:
    """The distinct records of what `written` gives, in the order of their keys.

    Where two people are written alike by chance, the record is the first one's: nothing could tell them apart.
    """
    return tokens.sort("person_record_key", "person").unique("person_record_key", keep="first", maintain_order=True)


def _tokens(people: pl.DataFrame, keys: Keys, force: str) -> pl.DataFrame:
    told = people.drop("force", "person").with_columns(
        pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)),
        pl.int_range(pl.len(), dtype=pl.Int64).alias(ROW_NUMBER),
        pl.lit(None, pl.Int64).alias(CRIME_ROW_NUMBER),
    )
    made = pseudonymise_people(told, NO_DAYS, keys, force)
    is_initial = (pl.col("forename_is_initial") == "true").fill_null(False)
    return made.with_columns(
        people["person"],
        is_initial.alias("forename_is_initial"),
        (pl.col("date_of_birth_is_placeholder") == "true").alias("date_of_birth_is_placeholder"),
        pl.when(~is_initial).then("forename_token").alias("forename_token"),
        pl.col("birth_year").str.to_integer(strict=False).cast(pl.Int32),
        *((pl.col(name) == "true").alias(name) for name in ("surname_is_common", "forename_is_common")),
    ).select(*TOKENS, *OPTIONAL_TOKENS, "person")
