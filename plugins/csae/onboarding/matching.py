"""Which of the dataset's columns each of a force's columns is: all columns are weighed at once, each is used once.

A score joins what the header says and what the values say. High confidence asks for both, with nothing else near.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment  # type: ignore[import-untyped]

from csae.onboarding.findings import Around, Finding
from csae.onboarding.headers import Likeness, likenesses, says_little, tokens_of
from csae.onboarding.profiles import Profile
from csae.onboarding.recognising import RECOGNISERS, unseen_transfer
from csae.onboarding.recognising_codes import CAUTIOUS_SCHEMES
from csae.onboarding.splitting import without_person
from csae.onboarding.tables import Block
from csae.sources.columns import CANONICAL_COLUMNS, DATE_COLUMNS, EXPECTED_VALUES, SCHEMES, RecordKind

Confidence = Literal["high", "medium", "low"]
MADE_OF = {
    "transfer": ("transfer_direction", "transfer_force"),
    "full_name": ("surname", "forenames"),
    "flags": ("is_online", "is_group_based"),
    "offence_class": ("home_office_code",),
    "offence_subclass": ("home_office_code",),
}
"""What is no column of the dataset itself but holds one in part, or two."""
TARGETS: dict[RecordKind, tuple[str, ...]] = {
    "crime": (*CANONICAL_COLUMNS["crime"], "transfer", "flags", "offence_class", "offence_subclass"),
    "involvement": (*CANONICAL_COLUMNS["involvement"], "full_name"),
    "case_review": CANONICAL_COLUMNS["case_review"],
}
_SURELY_OF_CRIMES = {"recorded_on", "home_office_code", "offence_class"}
_OF_CRIMES = _SURELY_OF_CRIMES | {
    *("offence_start_on", "cjs_code", "outcome_code", "flags", "is_online", "is_group_based"),
    *("offence_title", "offence_category", "is_child_abuse_flagged"),
}
_OF_PEOPLE = {
    *("role", "surname", "full_name", "date_of_birth", "sex", "self_defined_ethnicity", "nationalities", "pnc_id"),
    "observed_ethnicity",
}
_OF_CASES = {"case_ref", "identified_on", "status_on", "reason_closed"}
SEVERAL = {"nationalities", "forenames"}
"""Columns that a force may spread over several of its own."""
_NEVER_WITHOUT = ("crime_ref", "recorded_on")
_REQUIRED = (
    *_NEVER_WITHOUT,
    "home_office_code",
    "role",
    "self_defined_ethnicity",
    "nationalities",
    "case_ref",
    "status",
)
"""While none is found, no column whose values could be one is ignored with high confidence."""
_HEADER_NOISE = 0.4
"""A likeness below this is chance."""
_LEAST_SCORE = 0.4
UNNAMED = re.compile(r"(?:Column|Field) \d+")
_UNNAMED_HEAD = 0.5
_EMPTY_FITS = 0.6
_UNWANTED = 0.55
"""What is left of a score when the header is more like another column."""
_HIGH = {"header": 0.8, "fits": 0.9, "margin": 0.15, "values": 15}
_MEDIUM_SCORE = 0.65


@dataclass(frozen=True)
class Match:
    column: str
    target: str | None
    """A column of the dataset, or what `MADE_OF` names; None where the column is to be ignored."""
    score: float
    confidence: Confidence
    evidence: str
    finding: Finding
    more: tuple[str, ...] = ()
    """Other columns of the force that hold further values of the same."""


@dataclass(frozen=True)
class _Weighed:
    profile: Profile
    heads: dict[str, Likeness]
    unwanted: tuple[str, float]
    findings: dict[str, Finding]
    scores: dict[str, float]

    def is_unwanted(self, target: str) -> bool:
        """The header is more like a column that the dataset has no place for."""
        return self.unwanted[1] > self.heads[target].score + 0.05


def kinds_of(block: Block, around: Around) -> list[RecordKind]:
    """Which kinds of record the rows hold."""
    if block.each or block.is_within:
        return ["involvement"]
    both = {match.target for match in match_block(block, ["crime", "involvement"], around) if match.score > 0.5}
    cases = [match for match in match_block(block, ["case_review"], around) if match.target and match.score > 0.6]
    crimes, people = both & _OF_CRIMES, both & _OF_PEOPLE
    named = {match.target for match in cases}
    of_cases = "status" in named and len(named & _OF_CASES) > 1
    if of_cases and len(people) < 2 and len(crimes & _SURELY_OF_CRIMES) < 2:
        return ["case_review"]
    kinds: list[RecordKind] = []
    if len(crimes) > 1 and (len(people) < 3 or crimes & _SURELY_OF_CRIMES):
        kinds.append("crime")
    if len(people) > 1:
        kinds.append("involvement")
    return kinds


def match_block(block: Block, kinds: Sequence[RecordKind], around: Around) -> list[Match]:
    """A match for each column, in the file's order."""
    targets = list(dict.fromkeys(target for kind in kinds for target in TARGETS[kind]))
    if block.each or block.is_within:  # these people have their crime's
        targets = [target for target in targets if target != "crime_ref"]
    if block.role:
        targets = [target for target in targets if target != "role"]
    weighed = [
        _weigh(Profile(name, cells), targets, around, each=block.each, has_role=bool(block.role))
        for name, cells in block.columns.items()
    ]
    if not weighed or not targets:
        return []
    scores = np.array([[each.scores[target] for target in targets] for each in weighed])
    scores[scores < _LEAST_SCORE] = 0
    rows, columns = linear_sum_assignment(scores, maximize=True)
    chosen = {int(row): int(column) for row, column in zip(rows, columns, strict=True) if scores[row, column] > 0}
    matches = [_match(at, chosen, weighed, targets, scores) for at in range(len(weighed))]
    return _with_several(_with_needed(_without_overlap(matches), weighed), weighed)


def _weigh(profile: Profile, targets: Iterable[str], around: Around, *, each: str | None, has_role: bool) -> _Weighed:
    header = without_person(profile.name) if has_role else profile.name
    if says_little(header) and (each or tokens_of(header) != tokens_of(profile.name)):
        header = f"person {header}"
    heads = likenesses(header)
    what, unwanted = max(
        ((what, like.score) for what, like in likenesses(header, "not_wanted").items()), key=lambda x: x[1]
    )
    findings = {
        target: RECOGNISERS[target](profile, around) if profile.values else _unseen(target, around)
        for target in targets
    }
    scores = {}
    for target, finding in findings.items():
        head = max(0.0, (heads[target].score - _HEADER_NOISE) / (1 - _HEADER_NOISE))
        if UNNAMED.fullmatch(header):  # no header speaks for the column, and none against it
            head = _UNNAMED_HEAD
        score = finding.fits * (1 - (1 - head) * (1 - finding.alone))
        scores[target] = score
    weighed = _Weighed(profile, heads, (what, unwanted), findings, scores)
    scores.update({target: score * _UNWANTED for target, score in scores.items() if weighed.is_unwanted(target)})
    return weighed


def _unseen(target: str, around: Around) -> Finding:
    """What is said of a column that is empty in the sample: its header alone tells, and its functions are asked for."""
    told = "no values in the sample"
    if target == "transfer":
        return Finding(
            _EMPTY_FITS, 0.0, unseen_transfer(), told, ("empty in the sample; how are direction and force written?",)
        )
    if target in MADE_OF:
        return Finding(0.0)
    if target in DATE_COLUMNS:
        return Finding(
            _EMPTY_FITS, 0.0, {"date": around.date_format}, told, ("empty in the sample; how are days written?",)
        )
    if target in SCHEMES:
        scheme = around.schemes.get(target, CAUTIOUS_SCHEMES[target])
        return Finding(_EMPTY_FITS, 0.0, {"codes": scheme}, told, ("empty in the sample; which code set is this?",))
    if target in EXPECTED_VALUES:
        return Finding(_EMPTY_FITS, 0.0, {}, told, ("empty in the sample; which values does it have? Add a map.",))
    return Finding(_EMPTY_FITS, 0.0, {}, told)


def _match(
    at: int,
    chosen: dict[int, int],
    weighed: list[_Weighed],
    targets: list[str],
    scores: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
) -> Match:
    own = weighed[at]
    if at not in chosen:
        return _ignored(own)
    column = chosen[at]
    target = targets[column]
    finding = own.findings[target]
    score = float(scores[at, column])
    related = {target, *MADE_OF.get(target, ()), *(whole for whole, parts in MADE_OF.items() if target in parts)}
    rivals = [float(scores[at, other]) for other, name in enumerate(targets) if name not in related]
    for row in range(len(weighed)):
        taken = scores[row, chosen[row]] if row in chosen else 0.0
        if row != at and scores[row, column] > taken:
            rivals.append(float(scores[row, column]))
    margin = score - max(rivals, default=0.0)
    head = own.heads[target]
    confidence: Confidence = "low"
    if (
        head.score >= _HIGH["header"]
        and finding.fits >= _HIGH["fits"]
        and margin >= _HIGH["margin"]
        and own.unwanted[1] < head.score - 0.1
        and len(own.profile.values) >= _HIGH["values"]
        and not (finding.asks and target in ("full_name", "transfer_direction"))
    ):
        confidence = "high"
    elif score >= _MEDIUM_SCORE and margin > 0.02:
        confidence = "medium"
    said = f"header like '{head.phrase}'" if head.score > 0.6 else "header says little"
    return Match(own.profile.name, target, score, confidence, f"{said}; {finding.evidence}", finding)


def _ignored(own: _Weighed) -> Match:
    what, like = own.unwanted
    nearest = max(
        (score / (_UNWANTED if own.is_unwanted(target) else 1) for target, score in own.scores.items()), default=0.0
    )
    if like > 0.6:
        is_sure = like > 0.85 and nearest < 0.3 and own.profile.days is None  # a day may be one that is needed
        confidence: Confidence = "high" if is_sure else "medium"
        return Match(own.profile.name, None, like, confidence, f"looks like {what}", Finding(0))
    told = "nothing of the dataset's fits" if nearest < _LEAST_SCORE else "another column fits better"
    return Match(own.profile.name, None, 1 - nearest, "medium" if nearest < 0.2 else "low", told, Finding(0))


def _without_overlap(matches: list[Match]) -> list[Match]:
    """Where one column gives what two others would, the stronger stays."""
    dropped: set[str] = set()
    by_target = {match.target: match for match in matches if match.target}
    if ("offence_class" in by_target) != ("offence_subclass" in by_target):
        dropped |= {"offence_class", "offence_subclass"}
    for whole, parts in MADE_OF.items():
        if whole in by_target and whole not in dropped:
            own = by_target[whole]
            others = [by_target[part] for part in parts if part in by_target]
            if whole in ("offence_class", "offence_subclass"):
                own = min(by_target["offence_class"], by_target["offence_subclass"], key=lambda match: match.score)
            if others and max(other.score for other in others) > own.score and len(others) == len(parts):
                dropped |= {"offence_class", "offence_subclass"} if whole.startswith("offence") else {whole}
            else:
                dropped.update(other.target for other in others if other.target)
    return [
        Match(m.column, None, m.score / 2, "low", "another column says the same", Finding(0))
        if m.target in dropped
        else m
        for m in matches
    ]


def _with_needed(matches: list[Match], weighed: list[_Weighed]) -> list[Match]:
    """Where no header says it, the column whose values fit best, with a question; none that fits is surely ignored."""
    found = list(matches)
    for target in _REQUIRED:
        if any(match.target and target in MADE_OF.get(match.target, (match.target,)) for match in found):
            continue
        fitting = [
            at
            for at, (match, each) in enumerate(zip(found, weighed, strict=True))
            if match.target is None and each.findings.get(target, Finding(0)).fits >= _HIGH["fits"]
        ]
        for at in fitting:
            found[at] = replace(found[at], confidence="low")
        if fitting and target in _NEVER_WITHOUT:
            best = max(fitting, key=lambda at: (weighed[at].heads[target].score, weighed[at].findings[target].fits))
            finding = weighed[best].findings[target]
            ask = f"no header says which column is {target}; this one's values would fit. Is it this one?"
            told = f"no header says it, but {finding.evidence}"
            asking = replace(finding, asks=(ask, *finding.asks))
            found[best] = Match(found[best].column, target, _LEAST_SCORE, "low", told, asking)
    return found


def _with_several(matches: list[Match], weighed: list[_Weighed]) -> list[Match]:
    """Further columns of the same kind become further values of the first."""
    joined: dict[str, list[str]] = {}
    for target in SEVERAL:
        first = next((match for match in matches if match.target == target), None)
        if first is None:
            continue
        for match, each in zip(matches, weighed, strict=True):
            if match.target is None and match is not first and _is_more_of(each, target, first):
                joined.setdefault(target, []).append(match.column)
    taken = {column for columns in joined.values() for column in columns}
    kept = []
    for match in matches:
        if match.target in joined:
            names = [m.column for m in matches if m.column in (match.column, *joined[match.target])]
            kept.append(
                Match(
                    names[0],
                    match.target,
                    match.score,
                    match.confidence,
                    match.evidence,
                    match.finding,
                    tuple(names[1:]),
                )
            )
        elif match.column not in taken:
            kept.append(match)
    return kept


def _is_more_of(each: _Weighed, target: str, first: Match) -> bool:
    if target not in each.findings or each.heads[target].score < 0.7 or each.unwanted[1] > each.heads[target].score:
        return False
    finding = each.findings[target]
    same_codes = finding.options.get("codes") == first.finding.options.get("codes")
    return not each.profile.values or (finding.fits > 0.7 and same_codes)
