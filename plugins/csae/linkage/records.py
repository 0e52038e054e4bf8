"""Person records as numbers: what is compared is whether two tokens are one, which 64 bits of a hash tell as well.

Numbers are a third of the size of tokens and quick to join. Two tokens of a million share a number with a chance of
one in thirty million, and then one pair looks alike in one part.
"""

import duckdb
import polars as pl

from csae.linkage.comparisons import PARTS, SCALARS

TOKENS = (
    "person_ref_token",
    "pnc_token",
    "surname_token",
    "forename_token",
    "forename_initial_token",
    "forename_is_initial",
    "first_forename_token",
    "surname_phonetic_token",
    "forename_phonetic_token",
    "name_part_tokens",
    "date_of_birth_token",
    "date_of_birth_swapped_token",
    "birth_year_month_token",
    "birth_year_day_token",
    "birth_month_day_token",
    "date_of_birth_is_placeholder",
    "birth_year",
    "sex",
)
"""The columns of `int_person_record` that a record's key is made of, in order."""
OPTIONAL_TOKENS = ("surname_consonants_token", "forename_consonants_token", "surname_is_common", "forename_is_common")
"""Columns that a warehouse may lack: what rests on them is then not known. The last two are booleans. No part of a
record's key, so a later row can bring what a known record lacked."""
OPTIONAL = ("surname_consonants", "forename_consonants", "surname_is_rare", "forename_is_rare")
"""The columns of a record that rest on them."""


def numbers(hashed: str) -> dict[str, str]:
    """SQL for each column of a record, from the columns of `int_person_record`; `hashed` is `hash({})` or its like."""

    def number(column: str) -> str:
        return hashed.format(column)

    def of_real_day(column: str) -> str:
        return f"case when not coalesce(date_of_birth_is_placeholder, false) then {number(column)} end"

    made = {
        "surname": number("surname_token"),
        "surname_sound": number("coalesce(surname_phonetic_token, surname_token)"),
        "forename": number("forename_token"),
        "first_forename": number("first_forename_token"),
        "forename_sound": number("coalesce(forename_phonetic_token, first_forename_token)"),
        "surname_consonants": number("surname_consonants_token"),
        "forename_consonants": number("forename_consonants_token"),
        "surname_is_rare": "case when not surname_is_common::boolean then 1 end",
        "forename_is_rare": "case when not forename_is_common::boolean then 1 end",
        "forename_initial": number("forename_initial_token"),
        "initial_alone": f"case when first_forename_token is null then {number('forename_initial_token')} end",
        "born": of_real_day("date_of_birth_token"),
        "born_swapped": of_real_day("date_of_birth_swapped_token"),
        "born_year_month": of_real_day("birth_year_month_token"),
        "born_year_day": of_real_day("birth_year_day_token"),
        "born_month_day": of_real_day("birth_month_day_token"),
        "birth_year": "birth_year",
        "sex": number("sex"),
        "pnc": number("pnc_token"),
        "person_ref": number("person_ref_token"),
    }
    assert tuple(made) == SCALARS  # noqa: S101 - one list of columns, said twice
    for place, part in enumerate(PARTS, start=1):
        made[part] = number(f"nullif(split_part(name_part_tokens, ' ', {place}), '')")
    return made


def name_parts() -> str:
    """DuckDB's expression for the list of name parts; null where there are none."""
    return f"nullif(list_filter([{', '.join(PARTS)}], lambda part: part is not null), [])"


def load_frame(connection: duckdb.DuckDBPyConnection, people: pl.DataFrame, table: str = "records") -> None:
    """Fill a table of records from a frame with the columns of `int_person_record`, one row a record, in their order.

    `TOKENS` are text, but for booleans and the year, as the model describes them; `record_id` is the row's place.
    """
    connection.register("people", people.with_row_index("record_id").to_arrow())
    connection.execute("create or replace macro number_of(token) as case when token is not null then hash(token) end")
    made = ", ".join(f"{expression} as {column}" for column, expression in numbers("number_of({})").items())
    connection.execute(
        f"create or replace table {table} as select * exclude ({', '.join(PARTS)}), {name_parts()} as name_parts "  # noqa: S608 - our own names
        f"from (select record_id::bigint as record_id, {made} from people)"
    )
    connection.unregister("people")
