"""The code sets as the seeds of the dbt project hold them."""

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from csae.code_sets.forms import normalised_form, word_key

AMBIGUOUS = "AMBIGUOUS"
"""What a wording is listed as that can mean more than one thing."""
Rows = list[dict[str, str]]


class Code(NamedTuple):
    """A code of a code set, in the version that `scheme` names; None where there is one national set."""

    scheme: str | None
    written: str
    code: str
    label: str


class Wording(NamedTuple):
    """A text that stands for a code whatever the version."""

    written: str
    code: str


class Rule(NamedTuple):
    """How a value was decoded, or why it was not."""

    name: str
    rank: int
    is_decoded: bool
    confidence: int
    description: str


@dataclass(frozen=True)
class CodeSet:
    """What a column is decoded by."""

    codes: tuple[Code, ...]
    wordings: tuple[Wording, ...]
    stands_for: Mapping[str, str]
    """What a word of a wording stands for; nothing for one that says nothing."""

    @cached_property
    def by_form(self) -> Mapping[str, str]:
        """The code, or AMBIGUOUS, by the normal form of a wording."""
        return _one_meaning((normalised_form(item.written), item.code) for item in self.wordings)

    @cached_property
    def by_words(self) -> Mapping[str, str]:
        """By the words of a wording; one that is listed as ambiguous gives way to one that is not."""
        keyed = [(self.words(normalised_form(item.written)), item.code) for item in self.wordings]
        clear = {key for key, code in keyed if code != AMBIGUOUS}
        return _one_meaning((key, code) for key, code in keyed if key and (code != AMBIGUOUS or key not in clear))

    @cached_property
    def by_scheme(self) -> Mapping[str | None, Mapping[str, Code]]:
        found: dict[str | None, dict[str, Code]] = {}
        for item in self.codes:
            found.setdefault(item.scheme, {}).setdefault(normalised_form(item.written), item)
        return found

    def words(self, form: str) -> str:
        return word_key(form, self.stands_for)


def _one_meaning(pairs: Iterator[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, code in pairs:
        found[key] = code if found.get(key, code) == code else AMBIGUOUS
    return found


@dataclass(frozen=True)
class OffencePattern:
    """How an offence code may be written; `damage` patterns have no groups, others class and subclass."""

    rule: str
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class Seeds:
    """Every code set that the warehouse decodes by."""

    sets: Mapping[str, CodeSet]
    """By column."""
    rules: Mapping[str, Rule]
    offence_patterns: tuple[OffencePattern, ...]


def read_seeds(seeds_dir: Path) -> Seeds:
    def rows(name: str) -> Rows:
        with (seeds_dir / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    rules = {
        row["rule"]: Rule(
            row["rule"],
            int(row["rule_rank"]),
            row["is_decoded"] == "true",
            int(row["confidence"]),
            row["description"],
        )
        for row in rows("decoding_rule")
    }
    patterns = [
        OffencePattern(row["rule"], re.compile(row["pattern"], re.ASCII)) for row in rows("offence_code_pattern")
    ]
    return Seeds(_sets(rows), rules, tuple(patterns))


def _sets(rows: Callable[[str], Rows]) -> dict[str, CodeSet]:
    words: dict[str, dict[str, str]] = {}
    for row in rows("wording_word"):
        words.setdefault(row["subject"], {})[row["word"]] = row["stands_for"]
    ethnicity_codes = [
        Code(row["scheme"], row["code"], row["harmonised_code"], row["label"]) for row in rows("ethnicity_scheme_code")
    ]
    ethnicity_wordings = rows("ethnicity_wording")
    observed = {row["answer"]: row["observed_answer"] for row in rows("ethnicity_answer")} | {AMBIGUOUS: AMBIGUOUS}
    names = {row["nationality_code"]: row["name"] for row in rows("nationality")}

    def ethnicity(column: str, meaning: Callable[[str], str]) -> CodeSet:
        is_observed = column == "observed_ethnicity"
        return CodeSet(
            tuple(item for item in ethnicity_codes if (item.scheme or "").startswith("officer") == is_observed),
            tuple(
                Wording(row["wording"], meaning(row["harmonised_code"]))
                for row in ethnicity_wordings
                if row["applies_to"] in ("", column)
            ),
            words["ethnicity"],
        )

    def national(name: str, code: str, label: str) -> tuple[Code, ...]:
        return tuple(Code(None, row[code], row[code], row[label]) for row in rows(name))

    def wordings(name: str, code: str) -> tuple[Wording, ...]:
        return tuple(Wording(row["wording"], row[code]) for row in rows(name))

    offences = national("offence", "home_office_code", "title")
    categories = national("recorded_crime_category", "offence_category", "title")
    cjs_offences = rows("cjs_offence")
    return {
        "self_defined_ethnicity": ethnicity("self_defined_ethnicity", lambda code: code),
        "observed_ethnicity": ethnicity("observed_ethnicity", lambda code: observed[code]),
        "nationalities": CodeSet(
            tuple(
                Code(row["scheme"], row[written], code, names.get(code, code))
                for name, written in (("nationality_scheme_code", "code"), ("nationality_wording", "wording"))
                for row in rows(name)
                if row["scheme"] and (code := row["nationality_code"]) != AMBIGUOUS
            ),
            wordings("nationality_wording", "nationality_code"),
            words["nationality"],
        ),
        "immigration_status": CodeSet((), wordings("immigration_status_wording", "immigration_status"), {}),
        "home_office_code": CodeSet(offences, (), {}),
        "cjs_code": CodeSet(
            tuple(Code(None, row["cjs_code"], row["home_office_code"], row["title"]) for row in cjs_offences),
            (),
            {},
        ),
        "offence_title": CodeSet(
            (),
            (
                *(Wording(item.label, item.code) for item in offences),
                *(Wording(row["title"], row["home_office_code"]) for row in cjs_offences),
                *wordings("offence_wording", "harmonised_code"),
            ),
            words["offence"],
        ),
        "offence_category": CodeSet(categories, tuple(Wording(item.label, item.code) for item in categories), {}),
        "outcome_code": CodeSet(national("outcome", "outcome_code", "label"), (), {}),
        "transfer_force": CodeSet(
            national("forces", "force_code", "name"), wordings("force_wording", "force_code"), words["force"]
        ),
    }
