"""Which code set a column is written in, from the values seen and never from one code that means two things."""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from csae.onboarding.value_words import plain

SELF_DEFINED = ("self_defined_2011", "self_defined_2001", "self_defined_2021")
"""The most cautious first: it gives no meaning to O1, which is Chinese in one of the others and Arab in the other."""
PRISON = "prison_and_probation"
_SAID_BY_HEADER = {"16+1": "self_defined_2001", "18+1": "self_defined_2011", "19+1": "self_defined_2021"}
_LABEL_FORMS = {
    "english welsh scottish northern irish british": "W1", "white british": "W1", "british": "W1", "irish": "W2",
    "white irish": "W2", "roma": "W4", "any other white background": "W9", "white other": "W9", "other white": "W9",
    "gypsy or irish traveller": "W3", "gypsy irish traveller": "W3", "any other mixed multiple ethnic background": "M9",
    "any other mixed background": "M9", "any other asian background": "A9", "any other black background": "B9",
    "any other black african caribbean background": "B9", "any other ethnic group": "O9", "chinese": "A4", "arab": "O2",
    "prefer not to say": "NS", "not stated": "NS", "refused": "NS", "declined": "NS",
}  # fmt: skip


@dataclass(frozen=True)
class Seeds:
    """The code sets and names that the warehouse decodes by."""

    schemes: dict[str, dict[str, str]]
    """Scheme, code, harmonised code."""
    labels: dict[str, dict[str, str]]
    """Scheme, label in plain words, code."""
    nationalities: dict[str, frozenset[str]]
    """Scheme, forms."""
    offences: frozenset[str]
    """Home Office codes by their five digits."""
    immigration: frozenset[str]
    forces: frozenset[str]


@cache
def load_seeds(directory: Path) -> Seeds:
    schemes: dict[str, dict[str, str]] = {}
    labels: dict[str, dict[str, str]] = {}
    for row in _rows(directory / "ethnicity_scheme_code.csv"):
        schemes.setdefault(row["scheme"], {})[row["code"]] = row["harmonised_code"]
        labels.setdefault(row["scheme"], {})[plain(row["label"])] = row["code"]
    forms: dict[str, set[str]] = {}
    for row in _rows(directory / "nationality_form.csv"):
        forms.setdefault(row["scheme"], set()).add(row["form"])
    return Seeds(
        schemes,
        labels,
        {scheme: frozenset(of) for scheme, of in forms.items()},
        frozenset(row["home_office_code"].replace("/", "") for row in _rows(directory / "home_office_offence.csv")),
        frozenset(row["form"] for row in _rows(directory / "immigration_status_form.csv")),
        frozenset(row["force_code"] for row in _rows(directory / "forces.csv")),
    )


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def nationality_form(text: str) -> str:
    """As the seeds write forms."""
    return re.sub(r"[^A-Z0-9]+", " ", plain(text).upper()).strip()


def label_code(label: str, scheme: str, seeds: Seeds) -> str | None:
    """The scheme's code for a label: `Asian - Pakistani` and `Pakistani` are A2."""
    own = seeds.labels[scheme]
    by_meaning = {harmonised: code for code, harmonised in seeds.schemes[scheme].items()}
    tail = re.split(r"\s[-–:]\s", label, maxsplit=1)[-1]
    for form in (plain(label), plain(tail)):
        if form in own:
            return own[form]
        if form in _LABEL_FORMS:
            return by_meaning.get(_LABEL_FORMS[form])
    return None


@dataclass(frozen=True)
class Inferred:
    scheme: str
    is_sure: bool
    reason: str
    """Why this code set, in plain words."""
    asks: tuple[str, ...]


def infer_self_defined(codes: frozenset[str], header: str, seeds: Seeds) -> Inferred:
    """The version that the codes seen leave, or the most cautious of several with a question."""
    police = {name: frozenset(seeds.schemes[name]) for name in SELF_DEFINED}
    known = frozenset().union(*police.values(), seeds.schemes[PRISON])
    seen = codes & known
    only_prison = sorted(seen - frozenset().union(*police.values()))
    said = next((scheme for mark, scheme in _SAID_BY_HEADER.items() if mark in header.replace(" ", "")), None)
    if only_prison:
        return Inferred(PRISON, True, f"{_listed(only_prison)} is only in {PRISON}", ())
    fitting = [name for name in SELF_DEFINED if seen <= police[name]]
    telling = sorted(seen & {"W3", "W4", "A4", "O1", "O2"})
    if said and said in fitting:
        return Inferred(said, True, f"the header says {said}", ())
    if len(fitting) == 1 and telling != ["O1"]:
        return Inferred(fitting[0], True, f"{_listed(telling)} seen: only {fitting[0]} fits", ())
    if fitting:
        choice = fitting[0] if "O1" not in seen else "self_defined_2011"
        about = "; O1, seen here, is Chinese in self_defined_2001 and Arab in self_defined_2021" if "O1" in seen else ""
        others = ", ".join(sorted({*fitting, choice}))
        ask = (
            f"which version of the code set is this? The values seen fit {others}{about}. {choice} is the cautious one."
        )
        return Inferred(choice, False, f"the values fit {len(fitting)} versions", (ask,))
    nearest = "self_defined_2021" if "W4" in seen else max(SELF_DEFINED, key=lambda name: len(seen & police[name]))
    odd = sorted(seen - police[nearest])
    if {"O1", "O2"} <= seen:
        ask = "O1 and O2 are both used, which no version does: does O1 stand for Chinese or Arab?"
    else:
        ask = f"{_listed(odd)} is not in {nearest}, the nearest version: what does it stand for?"
    ask += f" Say it in 'codes: {{{nearest}: …}}'."
    return Inferred(nearest, False, f"no version has all of {_listed(telling)}", (ask,))


def _listed(items: Iterable[str]) -> str:
    return ", ".join(items) or "nothing that tells versions apart"
