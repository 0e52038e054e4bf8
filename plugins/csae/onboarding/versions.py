"""Which version of the ethnicity codes a column is in, from all values seen and never from a code of two meanings."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from csae.code_sets import CodeSets, normalised_form
from csae.onboarding.value_words import meanings

SELF_DEFINED = ("self_defined_2011", "self_defined_2001", "self_defined_2021")
"""The most cautious first: it gives no meaning to O1, which is Chinese in one of the others and Arab in the other."""
PRISON = "prison_and_probation"
_SAID_BY_HEADER = {"16+1": "self_defined_2001", "18+1": "self_defined_2011", "19+1": "self_defined_2021"}


def self_defined_codes(scheme: str, codes: CodeSets) -> dict[str, str]:
    return codes.codes("self_defined_ethnicity", scheme)


def label_code(label: str, scheme: str, codes: CodeSets) -> str | None:
    """The scheme's code for a label: `Asian - Pakistani` and `Pakistani` are A2."""
    own = codes.labels("self_defined_ethnicity", scheme)
    by_meaning = {harmonised: code for code, harmonised in self_defined_codes(scheme, codes).items()}
    for form in (label, re.split(r"\s[-–:]\s", label, maxsplit=1)[-1]):
        code = own.get(normalised_form(form)) or by_meaning.get(meanings("ethnicity", [form]).get(form, ""))
        if code:
            return code
    return None


@dataclass(frozen=True)
class Inferred:
    scheme: str
    reason: str
    """Why this code set, in plain words."""
    asks: tuple[str, ...] = ()


def infer_self_defined(seen: frozenset[str], header: str, codes: CodeSets) -> Inferred:
    """The version that the codes seen leave, or the most cautious of several with a question."""
    police = {name: frozenset(self_defined_codes(name, codes)) for name in SELF_DEFINED}
    seen &= frozenset().union(*police.values(), self_defined_codes(PRISON, codes))
    only_prison = sorted(seen - frozenset().union(*police.values()))
    said = next((scheme for mark, scheme in _SAID_BY_HEADER.items() if mark in header.replace(" ", "")), None)
    if only_prison:
        return Inferred(PRISON, f"{_listed(only_prison)} is only in {PRISON}")
    fitting = [name for name in SELF_DEFINED if seen <= police[name]]
    telling = sorted(seen & {"W3", "W4", "A4", "O1", "O2"})
    if said and said in fitting:
        return Inferred(said, f"the header says {said}")
    if len(fitting) == 1 and telling != ["O1"]:
        return Inferred(fitting[0], f"{_listed(telling)} seen: only {fitting[0]} fits")
    if fitting:
        choice = fitting[0] if "O1" not in seen else "self_defined_2011"
        about = "; O1, seen here, is Chinese in self_defined_2001 and Arab in self_defined_2021" if "O1" in seen else ""
        others = ", ".join(sorted({*fitting, choice}))
        ask = (
            f"which version of the code set is this? The values seen fit {others}{about}. {choice} is the cautious one."
        )
        return Inferred(choice, f"the values fit {len(fitting)} versions", (ask,))
    nearest = "self_defined_2021" if "W4" in seen else max(SELF_DEFINED, key=lambda name: len(seen & police[name]))
    odd = sorted(seen - police[nearest])
    if {"O1", "O2"} <= seen:
        ask = "O1 and O2 are both used, which no version does: does O1 stand for Chinese or Arab?"
    else:
        ask = f"{_listed(odd)} is not in {nearest}, the nearest version: what does it stand for?"
    ask += f" Say it in 'codes: {{{nearest}: …}}'."
    return Inferred(nearest, f"no version has all of {_listed(telling)}", (ask,))


def _listed(items: Iterable[str]) -> str:
    return ", ".join(items) or "nothing that tells versions apart"
