"""The code sets as the seeds of the dbt project hold them."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

from csae.code_sets.forms import Phrase, normalised_form, said_words, word_set
from csae.code_sets.parts import PartReader, read_parts
from csae.code_sets.spelling import Spelling
from csae.code_sets.wordings import AMBIGUOUS, Rows, Wording, beside_force_codes, built_labels, numbered

_SHORTEST_JOINED = 8
_TIED_TO_ORDER = frozenset({"NOT", "NO", "WITHOUT"})
"""Words of an outcome that say something of what stands behind them."""


class Code(NamedTuple):
    """A code of a code set, in the version that `scheme` names; None where there is one national set."""

    scheme: str | None
    written: str
    code: str
    label: str


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
    phrases: tuple[Phrase, ...] = ()
    """What phrases stand for, in the order in which they are replaced, before words are."""
    built: tuple[Wording, ...] = ()
    """Headings and details put together, in words that stand for themselves; a listed wording comes before them."""
    ordered_by: frozenset[str] = frozenset()
    """Words that tie the others to their order: `not` may belong to the suspect or to the victim."""
    published: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """The code and the group that each harmonised code is published as."""
    spelling: Spelling | None = None
    """Where a word may have one letter wrong."""
    label_codes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What a code that is met beside a label stands for in one list or another, by normal form."""
    any_codes: frozenset[str] = frozenset()
    """The codes of every version that can be declared, and of what is observed, by normal form."""

    @cached_property
    def by_form(self) -> Mapping[str, str]:
        """The code, or AMBIGUOUS, by the normal form of a wording."""
        return _one_meaning((normalised_form(item.written), item.code) for item in self.wordings)

    @cached_property
    def by_said(self) -> Mapping[str, str]:
        """By the words of a wording that say something, in their order."""
        return self._by_words(self.said)

    @cached_property
    def by_words(self) -> Mapping[str, str]:
        """By the same words in any order, where none of them ties the others to theirs."""
        found = self._by_words(self.words)
        return {key: code for key, code in found.items() if self.ordered_by.isdisjoint(key.split())}

    @cached_property
    def by_joined(self) -> Mapping[str, str]:
        """By the words of a wording written without blanks."""
        return self._by_words(joined)

    def _by_words(self, key_of: Callable[[str], str]) -> dict[str, str]:
        """One that is listed as ambiguous gives way to a listed one that is not, and any listed one to none built."""
        listed = [(key_of(normalised_form(item.written)), item.code) for item in self.wordings]
        built = [(key_of(item.written), item.code) for item in self.built]
        clear, known = {key for key, code in listed if code != AMBIGUOUS}, {key for key, _ in listed}
        kept = [(key, code) for key, code in listed if code != AMBIGUOUS or key not in clear]
        kept += [(key, code) for key, code in built if key not in known]
        return _one_meaning((key, code) for key, code in kept if key)

    @cached_property
    def listed_words(self) -> frozenset[str]:
        """Every word of the listed wordings."""
        return frozenset(word for said in self.by_said for word in said.split())

    @cached_property
    def by_scheme(self) -> Mapping[str | None, Mapping[str, Code]]:
        found: dict[str | None, dict[str, Code]] = {}
        for item in self.codes:
            found.setdefault(item.scheme, {}).setdefault(normalised_form(item.written), item)
        return found

    @cached_property
    def declared(self) -> Mapping[str | None, dict[str, tuple[str, str]]]:
        """By version, for each normal form the rule that it is read by and its code."""
        return {
            scheme: {form: ("code", item.code) for form, item in items.items()}
            for scheme, items in self.by_scheme.items()
            if scheme
        }

    def said(self, form: str) -> str:
        return self._said(form)

    @cached_property
    def _said(self) -> Callable[[str], str]:
        """Kept for the forms asked for last: each rule asks again, and there are many phrases to replace."""
        return lru_cache(maxsize=32768)(lambda form: said_words(form, self.stands_for, self.phrases))

    def words(self, form: str) -> str:
        return word_set(self.said(form))

    def agree(self, code: str, label: str) -> bool:
        """Whether the same is published of both, or the label names the group of the code."""
        said, labelled = self.published[code], self.published[label]
        return said == labelled or (said[1] != "" and labelled == ("", said[1]))

    def may_stand_beside(self, code: str, label: str) -> bool:
        """Whether a code of any version, or of a list that no source declares, agrees with what its label says."""
        meanings = self.label_codes.get(code, frozenset())
        if not self.published:
            return label in meanings
        return any(self.agree(meant, label) or self.agree(label, meant) for meant in meanings)


def joined(form: str) -> str:
    """Nothing for a single word, or for so few letters that they may be a code."""
    together = form.replace(" ", "")
    return together if " " in form and len(together) >= _SHORTEST_JOINED else ""


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
    read_part_reader: Callable[[], PartReader]
    read_classes: Callable[[], Mapping[str, str]]

    @cached_property
    def parts(self) -> PartReader:
        """Read when it is first asked for: who looks up one value needs no other column's."""
        return self.read_part_reader()

    @cached_property
    def classes(self) -> Mapping[str, str]:
        """Recorded-crime categories by the words of their titles."""
        return self.read_classes()


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
    sets = _sets(rows)

    def words_of(title: str) -> str:
        return sets["offence_title"].words(normalised_form(title))

    return Seeds(
        sets,
        rules,
        tuple(patterns),
        lambda: read_parts(rows("offence_part"), rows("offence_act"), rows("offence_by_part"), words_of),
        lambda: {words_of(row["wording"]): row["offence_category"] for row in rows("offence_category_wording")},
    )


def _sets(rows: Callable[[str], Rows]) -> dict[str, CodeSet]:
    words: dict[str, dict[str, str]] = {}
    for row in rows("wording_word"):
        words.setdefault(row["subject"], {})[row["word"]] = row["stands_for"]
    phrases: dict[str, list[Phrase]] = {}
    for row in sorted(rows("wording_phrase"), key=lambda row: int(row["phrase_place"])):
        phrases.setdefault(row["subject"], []).append(Phrase(row["pattern"], row["stands_for"]))
    ethnicity_codes = [
        Code(row["scheme"], row["code"], row["harmonised_code"], row["label"]) for row in rows("ethnicity_scheme_code")
    ]
    ethnicity_wordings = rows("ethnicity_wording")
    observed = {row["answer"]: row["observed_answer"] for row in rows("ethnicity_answer")} | {AMBIGUOUS: AMBIGUOUS}
    published = {row["answer"]: (row["self_defined_code"], row["ethnicity_group"]) for row in rows("ethnicity_answer")}
    built = [*built_labels(rows("ethnicity_heading"), rows("ethnicity_detail"))]
    label_codes: dict[str, set[str]] = {}
    for row in (*rows("ethnicity_scheme_code"), *rows("ethnicity_label_code")):
        if not row.get("scheme", "").startswith("officer"):
            label_codes.setdefault(normalised_form(row["code"]), set()).add(row["harmonised_code"])
    names = {row["nationality_code"]: row["name"] for row in rows("nationality")}

    ethnicity_spelling = _spelling(
        [
            *(
                Wording(row["wording"], row["harmonised_code"])
                for row in ethnicity_wordings
                if row["applies_to"] != "observed_ethnicity"
            ),
            *built,
        ],
        [row["wording"] for row in ethnicity_wordings],
        words["ethnicity"],
    )

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
            phrases=tuple(phrases["ethnicity"]),
            built=tuple(Wording(item.written, meaning(item.code)) for item in built),
            published=published,
            spelling=ethnicity_spelling,
            label_codes={code: frozenset(map(meaning, meant)) for code, meant in label_codes.items()},
            any_codes=frozenset(normalised_form(item.written) for item in ethnicity_codes),
        )

    def national(name: str, code: str, label: str) -> tuple[Code, ...]:
        return tuple(Code(None, row[code], row[code], row[label]) for row in rows(name))

    def wordings(name: str, code: str) -> tuple[Wording, ...]:
        return tuple(Wording(row["wording"], row[code]) for row in rows(name))

    nationality_wordings = wordings("nationality_wording", "nationality_code")
    offences = national("offence", "home_office_code", "title")
    categories = national("recorded_crime_category", "offence_category", "title")
    cjs_offences = rows("cjs_offence")
    titles = (
        *(Wording(item.label, item.code) for item in offences),
        *(Wording(row["title"], row["home_office_code"]) for row in cjs_offences),
        *wordings("offence_wording", "harmonised_code"),
    )
    force_wordings = tuple(beside_force_codes(rows("forces"), wordings("force_wording", "force_code")))
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
            nationality_wordings,
            words["nationality"],
            phrases=tuple(phrases["nationality"]),
            spelling=_spelling(nationality_wordings, [], words["nationality"]),
            label_codes=_beside_nationalities(rows("nationality_scheme_code"), nationality_wordings),
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
            titles,
            words["offence"],
            phrases=tuple(phrases["offence"]),
            spelling=_spelling(titles, [], words["offence"]),
        ),
        "offence_category": CodeSet(categories, tuple(Wording(item.label, item.code) for item in categories), {}),
        "outcome_code": CodeSet(
            national("outcome", "outcome_code", "label"),
            tuple(numbered(rows("outcome"), rows("outcome_wording"))),
            words["outcome"],
            phrases=tuple(phrases["outcome"]),
            ordered_by=_TIED_TO_ORDER,
        ),
        "transfer_force": CodeSet(
            national("forces", "force_code", "name"),
            force_wordings,
            words["force"],
            spelling=_spelling(force_wordings, [], words["force"]),
        ),
    }


def _beside_nationalities(codes: Rows, wordings: Iterable[Wording]) -> dict[str, frozenset[str]]:
    """What may stand beside a nationality: its code in any list, or the country beside the demonym."""
    found: dict[str, set[str]] = {}
    written = [(row["code"], row["nationality_code"]) for row in codes]
    for text, code in (*written, *((item.written, item.code) for item in wordings)):
        if code != AMBIGUOUS:
            found.setdefault(normalised_form(text), set()).add(code)
    return {text: frozenset(meant) for text, meant in found.items()}


def _spelling(wordings: Sequence[Wording], beside: Sequence[str], stands_for: Mapping[str, str]) -> Spelling:
    """Every listed word and what it means: the code of the wording that it is alone, else what it stands for.

    Wordings `beside` them are of known words, and tell no meaning.
    """

    def read_meanings() -> dict[str, str]:
        codes = _one_meaning((normalised_form(item.written), item.code) for item in wordings)
        forms = {*codes, *map(normalised_form, beside)}
        known = {word for form in forms for word in form.split()} | {*stands_for}
        said = {word: stands_for.get(word, word) for word in known if word.isalpha()}
        return {
            word: code if (code := codes.get(stands, AMBIGUOUS)) != AMBIGUOUS else f"the word {stands}"
            for word, stands in said.items()
        }

    return Spelling(read_meanings)
