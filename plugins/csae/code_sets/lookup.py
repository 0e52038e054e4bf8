"""What one value is decoded to, and why: the answer of `csae code lookup`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from csae.code_sets import CodeSets, Reading, Suggestion, labels, offences, read_code_sets
from csae.code_sets.damage import may_have_been
from csae.code_sets.labels import Label

COLUMNS: dict[str, tuple[str, ...]] = {
    "ethnicity": ("self_defined_ethnicity",),
    "observed-ethnicity": ("observed_ethnicity",),
    "nationality": ("nationalities",),
    "offence": ("home_office_code", "cjs_code", "offence_title"),
    "outcome": ("outcome_code",),
    "force": ("transfer_force",),
    "immigration": ("immigration_status",),
}
"""The dataset's columns by the kind of value; the first that decodes the value answers."""

_LABELS: dict[str, Callable[[Path], dict[str, Label]]] = {
    "ethnicity": labels.self_defined_ethnicity,
    "observed-ethnicity": labels.observed_ethnicity,
    "nationality": labels.nationalities,
    "offence": offences.read_offences,
    "outcome": labels.outcome_code,
    "force": labels.transfer_force,
    "immigration": labels.immigration_status,
}


@dataclass(frozen=True)
class Reference:
    """The code sets, and what the codes of one kind are called."""

    kind: str
    codes: CodeSets
    labels: Mapping[str, Label]

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column for column in COLUMNS[self.kind] if column in self.codes.seeds.sets)

    @property
    def schemes(self) -> tuple[str, ...]:
        """The versions of the kind's code set; none where there is one national set."""
        found = (scheme for column in self.columns for scheme in self.codes.seeds.sets[column].by_scheme)
        return tuple(dict.fromkeys(scheme for scheme in found if scheme))

    @property
    def details(self) -> dict[str, None]:
        """The names of what only this kind has, for a value that has none of it."""
        own = {"basis": None, "may_have_been": None} if self.kind == "offence" else {}
        return own | {name: None for label in self.labels.values() for name in label.details}


class Step(NamedTuple):
    """What functions of a source's YAML made of the value before it is decoded."""

    functions: str
    given: str
    made: str


@dataclass(frozen=True)
class Declared:
    """A column as a source declares it, or as it would be."""

    column: str
    scheme: str | None
    values: tuple[str, ...]
    """What the column's functions make of the value: one, several nationalities, or none."""
    own: Mapping[str, str] = field(default_factory=dict)
    extract: str = ""
    steps: tuple[Step, ...] = ()


class Meaning(NamedTuple):
    """One of the things that an ambiguous value can stand for, and the versions or extracts in which it does."""

    code: str
    label: str | None
    group: str | None
    scheme: tuple[str, ...]
    extracts: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    value: str
    kind: str
    status: Literal["decoded", "unmapped", "ambiguous"]
    rule: str
    confidence: int
    reason: str
    code: str | None = None
    label: str | None = None
    group: str | None = None
    group_label: str | None = None
    scheme: tuple[str, ...] = ()
    """The versions in which it holds; none where the kind has one national code set."""
    missing_reason: str | None = None
    meanings: tuple[Meaning, ...] = ()
    suggestion: Suggestion | None = None
    steps: tuple[Step, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    """What only this kind of value has."""


def read_reference(seeds_dir: Path, kind: str) -> Reference:
    return Reference(kind, read_code_sets(seeds_dir), _LABELS[kind](seeds_dir))


def lookup(
    reference: Reference, value: str, scheme: str | None = None, declared: Sequence[Declared] | None = None
) -> Found:
    """What the pipeline makes of the value in a column of this version, or of a source that declares it so.

    With neither it is asked of every version: it is decoded where all that know it agree.
    """
    if declared is None:
        schemes: list[str | None] = [scheme] if scheme else [None, *reference.schemes]
        declared = [Declared(column, one, (value,)) for column in reference.columns for one in schemes]
    tries = [
        _Try(item, reference.codes.read(item.column, item.values[0], item.scheme, item.own))
        for item in declared
        if len(item.values) == 1
    ]
    known = [item for item in tries if item.reading.code]
    surest = min(known, key=lambda item: item.reading.rule.rank, default=None)
    known = [item for item in known if surest and item.declared.column == surest.declared.column]
    meanings = _meanings(reference, known)
    if len(meanings) == 1:
        return _decoded(reference, value, known, meanings[0], _without(tries, known))
    if meanings:
        rule = reference.codes.seeds.rules["ambiguous"]
        reason = "A code that means different things in different versions; the declared version decides."
        return Found(value, reference.kind, "ambiguous", rule.name, rule.confidence, reason, meanings=meanings)
    if not tries:
        rule = reference.codes.seeds.rules["not_known"]
        reason = "The source's functions make several values of it, or none; look up each of them."
        steps = tuple(dict.fromkeys(step for item in declared for step in item.steps))
        return Found(value, reference.kind, "unmapped", rule.name, rule.confidence, reason, steps=steps)
    return _unmapped(reference, value, tries)


class _Try(NamedTuple):
    declared: Declared
    reading: Reading


def _meanings(reference: Reference, known: Sequence[_Try]) -> tuple[Meaning, ...]:
    by_code: dict[str, list[Declared]] = {}
    for item in known:
        by_code.setdefault(item.reading.code or "", []).append(item.declared)
    return tuple(
        Meaning(
            code,
            label.label if (label := reference.labels.get(code)) else None,
            label.group if label else None,
            tuple(dict.fromkeys(item.scheme for item in found if item.scheme)),
            tuple(dict.fromkeys(item.extract for item in found if item.extract)),
        )
        for code, found in by_code.items()
    )


def _without(tries: Sequence[_Try], known: Sequence[_Try]) -> str:
    """The extracts of the source in which the value is not decoded, for a sentence."""
    column = known[0].declared.column
    names = [item.declared.extract for item in tries if item.declared.column == column and not item.reading.code]
    return ", ".join(dict.fromkeys(name for name in names if name))


def _decoded(reference: Reference, value: str, known: Sequence[_Try], meaning: Meaning, without: str) -> Found:
    """A wording holds without a version, so it comes before a code of one that is written the same."""
    best = min(known, key=lambda item: (item.declared.scheme is not None, item.reading.rule.rank))
    rule, label = best.reading.rule, reference.labels.get(meaning.code, Label(""))
    reason = rule.description + (f" It is unmapped in {without}." if without else "")
    found = Found(value, reference.kind, "decoded", rule.name, rule.confidence, reason, meaning.code)
    return replace(
        found,
        label=label.label or None,
        group=label.group,
        group_label=label.group_label,
        scheme=meaning.scheme,
        missing_reason=label.missing_reason,
        steps=best.declared.steps,
        details={**label.details, **_basis(reference, best)},
    )


def _basis(reference: Reference, best: _Try) -> dict[str, str]:
    """Which of an offence's columns it would rest on, named as the warehouse's `offence_basis` names it."""
    if reference.kind != "offence":
        return {}
    return {"basis": "offence_category" if best.reading.rule.name == "category" else best.declared.column}


def _unmapped(reference: Reference, value: str, tries: Sequence[_Try]) -> Found:
    """By the rule that says most: a damaged code, or an ambiguous wording, rather than one that is not known."""
    best = min(tries, key=lambda item: item.reading.rule.rank)
    rule = best.reading.rule
    found = Found(value, reference.kind, "unmapped", rule.name, rule.confidence, rule.description)
    found = replace(found, steps=best.declared.steps)
    if rule.name == "ambiguous":
        return replace(found, status="ambiguous")
    if rule.name == "spreadsheet_damage":
        return replace(found, details={"may_have_been": may_have_been(best.declared.values[0], reference.labels)})
    if rule.name == "not_in_reference":
        return found  # one number is not more likely for being like another
    suggestions = [
        suggestion
        for item in tries
        if (suggestion := reference.codes.suggest(item.declared.column, item.declared.values[0], item.declared.scheme))
    ]
    return replace(found, suggestion=max(suggestions, key=lambda item: item.score, default=None))
