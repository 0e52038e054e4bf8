"""What harmonised codes are called, and what they belong to."""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Row = dict[str, str]
_MISSING_NATIONALITY = {"NR": "not_recorded", "REFUSED": "refused", "UNK": "not_recorded"}
"""As `nationality_status` says of a person without any other."""


@dataclass(frozen=True)
class Label:
    label: str
    group: str | None = None
    group_label: str | None = None
    missing_reason: str | None = None
    """Why there is no category, for answers that give none."""
    details: Mapping[str, Any] = field(default_factory=dict)
    """What only this kind of code has."""


def words(code: str) -> str:
    """`not_recorded` as people write it."""
    return code.replace("_", " ").capitalize()


def rows_of(seeds_dir: Path, name: str) -> list[Row]:
    with (seeds_dir / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def yes_or_no(text: str) -> bool | None:
    """A flag of a seed; None where it says neither."""
    return {"true": True, "false": False}.get(text)


def self_defined_ethnicity(seeds_dir: Path) -> dict[str, Label]:
    return _ethnicity(seeds_dir, lambda row: row["missing_reason"])


def observed_ethnicity(seeds_dir: Path) -> dict[str, Label]:
    """A group is all that an officer can see, so nothing is missing where there is one."""
    return _ethnicity(seeds_dir, lambda row: "" if row["ethnicity_group"] else row["missing_reason"])


def _ethnicity(seeds_dir: Path, missing: Callable[[Row], str]) -> dict[str, Label]:
    groups = {row["ethnicity_group"]: row["label"] for row in rows_of(seeds_dir, "ethnicity_group")}
    names = groups | {row["ethnicity_code"]: row["label"] for row in rows_of(seeds_dir, "ethnicity")}
    return {
        row["answer"]: Label(
            names.get(row["answer"]) or words(row["missing_reason"]),
            row["ethnicity_group"] or None,
            groups.get(row["ethnicity_group"]),
            missing(row) or None,
        )
        for row in rows_of(seeds_dir, "ethnicity_answer")
    }


def nationalities(seeds_dir: Path) -> dict[str, Label]:
    missing = {code: Label(words(why), None, None, why) for code, why in _MISSING_NATIONALITY.items()}
    listed = {
        row["nationality_code"]: Label(
            row["name"], row["kind"], words(row["kind"]), None, {"alpha_2": row["alpha_2"] or None}
        )
        for row in rows_of(seeds_dir, "nationality")
    }
    return listed | missing


def immigration_status(seeds_dir: Path) -> dict[str, Label]:
    codes = {row["immigration_status"] for row in rows_of(seeds_dir, "immigration_status_wording")}
    return {code: Label(words(code), None, None, code if code == "not_recorded" else None) for code in codes}


def outcome_code(seeds_dir: Path) -> dict[str, Label]:
    return {
        row["outcome_code"]: Label(
            row["label"],
            row["outcome_group"],
            row["outcome_group"],
            None,
            {"suspect_identified": yes_or_no(row["suspect_identified"])},
        )
        for row in rows_of(seeds_dir, "outcome")
    }


def transfer_force(seeds_dir: Path) -> dict[str, Label]:
    return {
        row["force_code"]: Label(
            row["name"], row["kind"], words(row["kind"]), None, {"gss_code": row["gss_code"] or None}
        )
        for row in rows_of(seeds_dir, "forces")
    }
