"""How two person records are compared: the columns, the levels of each comparison and the blocking rules.

Everything here looks at keyed tokens alone, and at the two records alone: no term frequencies, which would make a
pair's weight depend on who else is in the dataset. A part that either record lacks says nothing. Every condition says
the same of two records either way round: a night may meet a pair the other way round than a full run does.
"""

from dataclasses import dataclass
from typing import Any

from splink import SettingsCreator

RECORD_ID = "record_id"
"""A record's place in the order of the keys: smaller ids are smaller keys."""
MOST_NAME_PARTS = 6
SCALARS = (
    "surname",
    "surname_sound",
    "forename",
    "first_forename",
    "forename_sound",
    "surname_consonants",
    "forename_consonants",
    "surname_is_rare",
    "forename_is_rare",
    "forename_initial",
    "initial_alone",
    "born",
    "born_swapped",
    "born_year_month",
    "born_year_day",
    "born_month_day",
    "birth_year",
    "sex",
    "pnc",
    "person_ref",
)
"""Columns of a record but for `name_parts`. A name without a sound, as one in another script, is its own sound.
A name `is_rare` (1, else null) that is known not to be among the common ones, in the record's own spelling.
`initial_alone` is the forename's initial where nothing else is known of the forename. The date and its parts are null
where the date is a placeholder, such as 1 January."""
PARTS = tuple(f"name_part_{number}" for number in range(1, MOST_NAME_PARTS + 1))


@dataclass(frozen=True)
class Level:
    label: str
    condition: str


@dataclass(frozen=True)
class Comparison:
    """Levels from the closest to the loosest; what fits none is the last level, 'differs'."""

    name: str
    null: str
    levels: tuple[Level, ...]


DIFFERS = "differs"
RARE_SURNAMES = "surname_is_rare_l = surname_is_rare_r"
RARE_FORENAMES = "forename_is_rare_l = forename_is_rare_r"
EXCHANGED = (
    "(surname_l = first_forename_r or surname_r = first_forename_l) "
    "and (list_has_all(name_parts_l, name_parts_r) or list_has_all(name_parts_r, name_parts_l))"
)
COMPARISONS = (
    Comparison(
        "surname",
        "surname_l is null or surname_r is null",
        (
            # A surname of several parts is none of the parts; `Kowal-Marsden` and `Kowalmarsden` are one surname.
            Level(
                "the same, of several parts",
                "surname_l = surname_r "
                "and not (list_contains(name_parts_l, surname_l) and list_contains(name_parts_r, surname_r))",
            ),
            Level("the same, a rare one", f"surname_l = surname_r and {RARE_SURNAMES}"),
            Level("the same", "surname_l = surname_r"),
            Level("sounds the same, both rare", f"surname_sound_l = surname_sound_r and {RARE_SURNAMES}"),
            Level("sounds the same", "surname_sound_l = surname_sound_r"),
            Level(
                "has the same consonants, both rare",
                f"surname_consonants_l = surname_consonants_r and {RARE_SURNAMES}",
            ),
            Level("has the same consonants", "surname_consonants_l = surname_consonants_r"),
            Level("exchanged with the forename", EXCHANGED),
            Level(
                "is among the other's names",
                "list_contains(name_parts_l, surname_r) or list_contains(name_parts_r, surname_l)",
            ),
        ),
    ),
    Comparison(
        "forename",
        "forename_initial_l is null or forename_initial_r is null",
        (
            Level(
                "the same, with middle names",
                "forename_l = forename_r and (forename_l <> first_forename_l or forename_r <> first_forename_r)",
            ),
            Level("the same, a rare one", f"forename_l = forename_r and {RARE_FORENAMES}"),
            Level("the same", "forename_l = forename_r"),
            Level("the first is the same, a rare one", f"first_forename_l = first_forename_r and {RARE_FORENAMES}"),
            Level("the first is the same", "first_forename_l = first_forename_r"),
            Level("the first sounds the same, both rare", f"forename_sound_l = forename_sound_r and {RARE_FORENAMES}"),
            Level("the first sounds the same", "forename_sound_l = forename_sound_r"),
            Level(
                "the first has the same consonants, both rare",
                f"forename_consonants_l = forename_consonants_r and {RARE_FORENAMES}",
            ),
            Level("the first has the same consonants", "forename_consonants_l = forename_consonants_r"),
            Level("exchanged with the surname", EXCHANGED),
            Level(
                "an initial that fits",
                "(initial_alone_l is not null or initial_alone_r is not null) "
                "and forename_initial_l = forename_initial_r",
            ),
            Level(
                "is among the other's names",
                "list_contains(name_parts_l, first_forename_r) or list_contains(name_parts_r, first_forename_l)",
            ),
            Level("the initial is the same", "forename_initial_l = forename_initial_r"),
        ),
    ),
    Comparison(
        "date of birth",
        # Of a placeholder only the year counts, and another year says nothing: 1900 and 1970 are defaults.
        "birth_year_l is null or birth_year_r is null "
        "or ((born_l is null or born_r is null) and birth_year_l <> birth_year_r)",
        (
            Level("the same", "born_l = born_r"),
            Level("day and month exchanged", "born_l = born_swapped_r or born_swapped_l = born_r"),
            Level("year and month", "born_year_month_l = born_year_month_r"),
            Level("year and day", "born_year_day_l = born_year_day_r"),
            Level("month and day", "born_month_day_l = born_month_day_r"),
            Level("the year, of a placeholder", "born_l is null or born_r is null"),
            Level("the year alone", "birth_year_l = birth_year_r"),
        ),
    ),
    Comparison("sex", "sex_l is null or sex_r is null", (Level("the same", "sex_l = sex_r"),)),
    Comparison("PNC id", "pnc_l is null or pnc_r is null", (Level("the same", "pnc_l = pnc_r"),)),
    Comparison(
        "local person reference",
        "person_ref_l is null or person_ref_r is null",
        (Level("the same", "person_ref_l = person_ref_r"),),
    ),
)

BLOCKING_RULES = (
    ("pnc", "birth_year"),
    ("pnc", "surname_sound"),
    ("pnc", "forename_sound"),
    ("pnc", "person_ref"),
    ("person_ref", "birth_year"),
    ("person_ref", "surname_sound"),
    ("person_ref", "forename_sound"),
    ("surname_sound", "born"),
    ("forename_sound", "born"),
    ("surname_consonants", "forename_consonants", "born"),
    ("surname_sound", "forename_sound", "born_year_month"),
    ("surname_sound", "forename_sound", "born_year_day"),
    ("surname_sound", "forename_sound", "born_month_day"),
)
"""Pairs that share all of a rule's columns are compared. No rule rests on one column, so that a number or a date
that many share (a PNC id of noughts, a default date) makes no huge block."""
_BOTH_RARE = "l.surname_is_rare = r.surname_is_rare and l.forename_is_rare = r.forename_is_rare"
OTHER_RULES = (
    "l.surname_sound = r.surname_sound and l.born = r.born_swapped",
    "l.surname = r.first_forename and l.born = r.born",
    "l.first_forename = r.surname and l.born = r.born",
    "l.surname_sound = r.surname_sound and l.forename_sound = r.forename_sound and l.birth_year = r.birth_year "
    "and l.surname = r.surname and l.forename = r.forename "
    "and (l.forename <> l.first_forename or r.forename <> r.first_forename) and (l.born is null or r.born is null)",
    f"l.surname = r.surname and l.first_forename = r.first_forename and {_BOTH_RARE} and l.birth_year = r.birth_year "
    "and (l.born is null or r.born is null)",
    f"l.surname = r.surname and l.first_forename = r.first_forename and {_BOTH_RARE} "
    "and (l.birth_year is null or r.birth_year is null)",
)
"""Day and month exchanged; names in one another's place; of a placeholder date, the year with a middle name or with
names that are both rare; and such names where one record has no date. A placeholder and one common forename are never
enough: so many share them that no rule makes a pair of them."""
FETCHED_BY = (
    (("pnc", "pnc"),),
    (("person_ref", "person_ref"),),
    (("born", "born"),),
    (("born", "born_swapped"),),
    (("surname_sound", "surname_sound"), ("forename_sound", "forename_sound")),
    (("surname", "surname"), ("first_forename", "first_forename")),
)
"""What known records are fetched from the database by, for a new one: a column of the known record and one of the new
that must be the same. Every rule needs all of one line to hold."""


def settings(linker_uid: str = "person") -> SettingsCreator:
    """Untrained settings. Raises nothing; a model is trained by `csae.linkage.training`."""
    rules = [" and ".join(f"l.{column} = r.{column}" for column in rule) for rule in BLOCKING_RULES]
    rules += OTHER_RULES
    return SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name=RECORD_ID,
        comparisons=[_comparison(comparison) for comparison in COMPARISONS],
        blocking_rules_to_generate_predictions=[{"blocking_rule": rule} for rule in rules],
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
        linker_uid=linker_uid,
    )


def _comparison(comparison: Comparison) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [
        {"sql_condition": comparison.null, "label_for_charts": "not known", "is_null_level": True},
        *({"sql_condition": level.condition, "label_for_charts": level.label} for level in comparison.levels),
        {"sql_condition": "ELSE", "label_for_charts": DIFFERS},
    ]
    return {"output_column_name": output_name(comparison), "comparison_levels": levels}


def output_name(comparison: Comparison) -> str:
    """As Splink names its columns."""
    return comparison.name.replace(" ", "_")


TWINS, DIFFERENT_PNC, TOO_UNLIKE = "twins", "different PNC ids", "too unlike"
CONTRADICTIONS = {
    TWINS: """
    (l.surname = r.surname or l.surname_sound = r.surname_sound)
    and l.born = r.born
    and l.forename_sound <> r.forename_sound
    and coalesce(l.forename_consonants <> r.forename_consonants, true)
    and not coalesce(list_contains(l.name_parts, r.first_forename), false)
    and not coalesce(list_contains(r.name_parts, l.first_forename), false)
    and coalesce(l.pnc <> r.pnc, true)
    and coalesce(l.person_ref <> r.person_ref, true)
    """,
    DIFFERENT_PNC: "l.pnc <> r.pnc and weight < {overwhelming}",
}
"""Two who share a surname and a date of birth, with full forenames that sound different, are twins, unless their PNC
id or a force's own number for them is one; someone called now by a first and now by a middle name is no twin of
themselves. Two PNC ids are of two people, unless all else agrees. Records whose weight is below the split threshold
are too unlike, which nothing answers."""
ANSWERS = {
    TWINS: "l.forename_sound = r.forename_sound or l.forename_consonants = r.forename_consonants",
    DIFFERENT_PNC: "l.pnc = r.pnc",
}
"""What answers a contradiction between two groups: a pair across them that agrees in just that. So one record with a
misspelt forename, whose PNC id says whose it is, does not keep the person's other records apart."""
