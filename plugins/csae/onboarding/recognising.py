"""For each of the dataset's columns: do these values fit it, what do they tell alone, and which functions make it.

`fits` is how well values agree with the column; `alone` how far they would tell it under any header. A reference looks
like many columns (fits, tells little), a PNC id like nothing else (fits, tells much).
"""

import re

from csae.onboarding.findings import (
    NOTHING,
    TELLING_HEADER,
    Around,
    Finding,
    Recogniser,
    separator_of,
    unknown_list,
)
from csae.onboarding.headers import likenesses
from csae.onboarding.profiles import Profile
from csae.onboarding.recognising_codes import nationalities, observed, self_defined
from csae.onboarding.recognising_offences import category, cjs_code, home_office_code, offence_class, subclass, title
from csae.onboarding.value_words import meanings, parts_that_mean

_SHARES = (0.9, 0.5)
_FEW = 12
"""Distinct values at most of a column of a pick list such as a role."""
_LEAST_NAMES = 6
_PAIRS = (("Y", "N"), ("y", "n"), ("Yes", "No"), ("YES", "NO"), ("1", "0"), ("T", "F"), ("true", "false"))
_LONG_AGO = 8
"""Years before the newest day in the sample."""


def _reference(profile: Profile, around: Around) -> Finding:
    digits = profile.share(r".*\d.*")
    if (
        digits < 0.95
        or profile.days is not None
        or _pnc(profile, around).fits > 0.5
        or profile.share(r"\S.{2,39}") < 0.9
    ):
        return Finding(0.1 if digits > 0.9 and profile.days is None else 0.0)
    if around.references and profile.share_among(around.references) > 0.8:
        return Finding(1.0, 0.6, {"required": True}, "holds the references of the crimes")
    if profile.filled < 0.9:
        return Finding(0.4)
    if profile.distinct > 0.98:
        return Finding(1.0, 0.2, {"required": True}, "another value in each row")
    fits = 0.9 if profile.distinct > 0.2 else 0.15
    return Finding(fits, 0.1, {"required": True}, f"{len(profile.counts):,} different values")


def _person(profile: Profile, around: Around) -> Finding:
    if profile.share(r".*\d.*") < 0.95 or profile.days is not None or _pnc(profile, around).fits > 0.5:
        return NOTHING
    if around.references and profile.share_among(around.references) > 0.8:
        return Finding(0.1)
    fits = (1.0 if profile.distinct > 0.5 else 0.6 if profile.distinct > 0.2 else 0.1) * (
        1.0 if profile.filled > 0.8 else 0.6
    )
    return Finding(fits, 0.1, {}, f"{len(profile.counts):,} different values")


def _other_reference(profile: Profile, _: Around) -> Finding:
    if profile.share(r".*\d.*") < 0.9 or profile.days is not None:
        return NOTHING
    if profile.filled > 0.5 and profile.distinct < 0.3:
        return NOTHING
    return Finding(1.0 if profile.filled < 0.5 else 0.3, 0.1, {}, f"filled in {profile.filled:.0%} of rows")


def _day(profile: Profile, *, fits: float, alone: float = 0.1, evidence: str = "") -> Finding:
    days = profile.days
    if days is None:
        return NOTHING
    options: dict[str, object] = {"date": days.formats[0] if len(days.formats) == 1 else list(days.formats)}
    asks = ("day and month could stand the other way round.",) if days.is_ambiguous else ()
    told = f"days as {' or '.join(days.formats)}" + (f", {evidence}" if evidence else "")
    return Finding(fits * (0.9 + 0.1 * days.share), alone, options, told, asks)


def _long_ago(profile: Profile, around: Around) -> float:
    years = profile.days.years if profile.days else ()
    return sum(year <= around.newest_year - _LONG_AGO for year in years) / max(1, len(years))


def _recorded(profile: Profile, around: Around) -> Finding:
    fits = (1.0 if profile.filled > 0.95 else 0.5) * (1.0 if _long_ago(profile, around) < 0.3 else 0.3)
    found = _day(profile, fits=fits, evidence="in nearly all rows" if profile.filled > 0.95 else "")
    return Finding(found.fits, found.alone, {**found.options, "required": True}, found.evidence, found.asks)


def _offence_start(profile: Profile, around: Around) -> Finding:
    return _day(
        profile, fits=(1.0 if profile.filled > 0.4 else 0.6) * (1.0 if _long_ago(profile, around) < 0.7 else 0.5)
    )


def _later_day(profile: Profile, around: Around) -> Finding:
    fits = (1.0 if profile.filled < 0.98 else 0.8) * (1.0 if _long_ago(profile, around) < 0.3 else 0.3)
    return _day(profile, fits=fits, evidence=f"in {profile.filled:.0%} of rows")


def _any_day(profile: Profile, around: Around) -> Finding:
    return _day(profile, fits=1.0 if _long_ago(profile, around) < 0.5 else 0.5)


def _born(profile: Profile, around: Around) -> Finding:
    old = _long_ago(profile, around)
    years = profile.days.years if profile.days else ()
    spread = len(set(years)) >= min(15, len(years) // 2)
    if old > 0.5 and spread:
        return _day(profile, fits=1.0, alone=0.6, evidence="most of them many years ago")
    return _day(profile, fits=0.3 if old < 0.3 else 0.7)


def _flag(kind: str) -> Recogniser:
    def recognise(profile: Profile, _: Around) -> Finding:
        if len(profile.counts) > _FEW:
            return NOTHING
        known = meanings("yes_no", profile.counts)
        share = profile.share_among(set(known))
        if share >= 0.95:
            values = dict(known)
            if set(values.values()) == {"true"} and profile.filled < 1:
                values[""] = "false"
            elif len(values) == 1:  # the other word of the pair is still to come
                values |= next(({yes: "true", no: "false"} for yes, no in _PAIRS if {yes, no} & set(values)), {})
            told = "yes and no" if len(set(known.values())) == 2 else "yes, or blank"
            plainly = set(values) == {"true", "false"}
            return Finding(1.0, 0.1, {} if plainly else {"map": values}, told)
        word = parts_that_mean("flags", profile.counts)
        hits = {value for value, meaning in word.items() if meaning == kind}
        if len(hits) == 1 and len(profile.counts) == 1:
            return Finding(1.0, 0.3, {"map": {hits.pop(): "true", "": "false"}}, "one word, or blank")
        return unknown_list(profile, kind)

    return recognise


def _flags(profile: Profile, _: Around) -> Finding:
    """A list of words, of which some say online or group-based."""
    separator = "" if profile.repeats_in_cells else separator_of(profile, r"[\w -]{2,40}")
    parts = {part.strip() for value in profile.counts for part in (value.split(separator) if separator else [value])}
    known = parts_that_mean("flags", parts)
    if not known or len(parts) > 40 or set(known.values()) == {""}:
        return NOTHING
    options: dict[str, object] = {"split": separator} if separator else {}
    words = {meaning: word for word, meaning in sorted(known.items(), reverse=True)}
    if len(words) == 1 and likenesses(profile.name)["flags"].score < TELLING_HEADER:
        return NOTHING
    fits = 1.0 if len(words) == 2 else 0.7
    told = "words of a list: " + ", ".join(sorted(words.values()))
    return Finding(fits, 0.7 if len(words) == 2 else 0.2, {**options, "contains": words}, told)


def _worded(kind: str, *, alone: float, required: bool = False) -> Recogniser:
    """A pick list whose words are known."""

    def recognise(profile: Profile, _: Around) -> Finding:
        if len(profile.counts) > _FEW or not profile.counts:
            return NOTHING
        known = meanings(kind, profile.counts)
        share = profile.share_among(set(known))
        distinct = {meaning for meaning in known.values() if meaning}
        if share < _SHARES[1] or not distinct:
            return unknown_list(profile, kind)
        unknown = sorted(set(profile.counts) - set(known))
        ask = f"what do other values of this column ({len(unknown)}) stand for? Add them to the map."
        asks = (ask,) if unknown else ()
        same = all(value == meaning for value, meaning in known.items())
        options: dict[str, object] = {} if same else {"map": dict(sorted(known.items(), key=lambda item: item[1]))}
        if required:
            options["required"] = True
        fits = (1.0 if share > _SHARES[0] else 0.6) * (1.0 if len(distinct) > 1 else 0.9)
        return Finding(
            fits,
            alone if len(distinct) > 1 else alone / 3,
            options,
            f"{' and '.join(sorted(distinct))} in its words",
            asks,
        )

    return recognise


def _status(profile: Profile, around: Around) -> Finding:
    """Words of a status, or a mark on those that were cancelled."""
    worded = _worded("record_status", alone=0.35, required=True)(profile, around)
    header = likenesses(profile.name)["record_status"].phrase
    marks = (
        "cancel" in header
        or "cancel" in profile.name.lower()
        or ("crime" in header and "no" in header)
        or "cansl" in header
    )
    flags = meanings("yes_no", profile.counts)
    if not marks or profile.share_among(set(flags)) < 0.95 or len(profile.counts) > 4:
        return worded
    values = {value: "cancelled" if meaning == "true" else "live" for value, meaning in flags.items()}
    if "live" not in values.values():
        values[""] = "live"
    return Finding(1.0, 0.1, {"map": values}, "a mark on what was cancelled")


def _outcome(profile: Profile, _: Around) -> Finding:
    numbers = {str(number) for number in range(1, 23)}
    padded = numbers | {number.zfill(2) for number in numbers}
    if profile.share_among(padded) > 0.95 and len(profile.counts) <= 30:
        return Finding(1.0, 0.2 if len(profile.counts) > 3 else 0.05, {}, "numbers from 1 to 22")
    for pattern, extract in (
        (r"(\d{1,2})\s*[-:.) ].*", r"^(\d{1,2})\b"),
        (r"[A-Za-z ]{1,10}(\d{1,2})", r"(\d{1,2})$"),
        (r"[A-Za-z ]{1,10}(\d{1,2})\s*[-:.) ].*", r"^[A-Za-z ]+(\d{1,2})\b"),
    ):
        found = [re.fullmatch(pattern, value) for value in profile.counts]
        if found and all(match and match[1] in padded for match in found):
            return Finding(1.0, 0.2, {"extract": extract}, "a number from 1 to 22 in each")
    return NOTHING


def _transfer(profile: Profile, around: Around) -> Finding:
    """`TO 13`: the direction and the other force in one text."""
    parts = [re.fullmatch(r"(\D*?)[\s:/-]*(\d\d)(?:\D.*)?", value) for value in profile.counts]
    words = {match[1] for match in parts if match and match[1]}
    forces = {match[2] for match in parts if match}
    if not parts or not all(parts) or not words or len(words) > 4 or not forces <= _forces(around):
        return NOTHING
    known = meanings("transfer_direction", words)
    if not known and likenesses(profile.name)["transfer"].score < TELLING_HEADER:
        return NOTHING
    unknown = " and ".join(sorted(words - set(known)))
    asks = (f"what do {unknown} stand for? Map them to in and out.",) if unknown else ()
    shown = "|".join(sorted(map(re.escape, words)))
    mark = " " if profile.share(r"\D*[^\W\d] \d\d") == 1 else r"[\s:/-]*"
    options: dict[str, object] = {
        "direction": {"extract": rf"^({shown}){mark}\d\d", **({"map": known} if known else {})},
        "force": {"extract": rf"^(?:{shown}){mark}(\d\d)"},
    }
    return Finding(1.0, 0.9, options, "a direction and a force code in each", asks)


def unseen_transfer() -> dict[str, object]:
    """What `TO 13` would need, where no crime of the sample was transferred."""
    known = {"TO": "out", "FROM": "in", "To": "out", "From": "in", "to": "out", "from": "in"}
    return {"direction": {"extract": r"^(\w+)\W+\d\d", "map": known}, "force": {"extract": r"^\w+\W+(\d\d)"}}


def _forces(around: Around) -> set[str]:
    return {*around.codes.codes("transfer_force"), "02"}


def _force(profile: Profile, around: Around) -> Finding:
    known = _forces(around)
    if profile.share_among(known | {code.lstrip("0") for code in known}) < 0.95:
        return NOTHING
    return Finding(
        1.0 if profile.share(r"\d\d") > 0.95 else 0.8, 0.25 if len(profile.counts) > 1 else 0.05, {}, "force codes"
    )


def _name(profile: Profile, _: Around) -> Finding:
    letters = profile.share(r"[^\W\d_]+(?:['’ .-]+[^\W\d_]+)*\.?")
    if letters < 0.9 or profile.days is not None or len(profile.counts) < min(_LEAST_NAMES, len(profile.values)):
        return NOTHING
    many = len(profile.counts) >= min(_FEW, len(profile.values) // 3 + 1)
    return Finding(
        1.0 if many else 0.9, 0.1 if many else 0.0, {}, f"words of letters, {len(profile.counts):,} different"
    )


def _full_name(profile: Profile, _: Around) -> Finding:
    two = profile.share(r"[^,\d]+, ?[^,\d]+")
    if two > 0.85 and profile.distinct > 0.1:
        return Finding(1.0, 0.5, {"order": "surname first"}, "two parts and a comma")
    if profile.share(r"[^\W\d]\S+(?: [^\W\d]\S*)+") > 0.9 and profile.distinct > 0.2:
        return Finding(0.8, 0.1, {"order": "forename first"}, "two words or more", ("which word is the surname?",))
    return NOTHING


def _pnc(profile: Profile, _: Around) -> Finding:
    share = profile.share(r"(?:19|20)?\d\d/\d{1,7}[A-Z]")
    return Finding(1.0, 0.95, {}, "shaped like PNC ids") if share > 0.9 else NOTHING


def _immigration(profile: Profile, around: Around) -> Finding:
    if len(profile.counts) > 20:
        return NOTHING
    known = [value for value in profile.counts if around.codes.decode("immigration_status", value)]
    share = profile.share_among(set(known))
    if share > 0.5:
        return Finding(1.0, 0.8, {}, "words for asylum and refugees")
    return Finding(0.6, 0.0, {}, "a few words") if profile.share(r"[A-Za-z][A-Za-z ,/()-]+") > 0.9 else NOTHING


def _words(profile: Profile, _: Around) -> Finding:
    return (
        Finding(0.9, 0.0, {}, "text")
        if profile.share(r"(?s).*[A-Za-z]{2,}.*") > 0.9 and profile.days is None
        else NOTHING
    )


RECOGNISERS: dict[str, Recogniser] = {
    "crime_ref": _reference,
    "recorded_on": _recorded,
    "offence_start_on": _offence_start,
    "home_office_code": home_office_code,
    "offence_class": offence_class,
    "offence_subclass": subclass,
    "cjs_code": cjs_code,
    "offence_title": title,
    "offence_category": category,
    "is_online": _flag("is_online"),
    "is_group_based": _flag("is_group_based"),
    "is_child_abuse_flagged": _flag("is_child_abuse_flagged"),
    "flags": _flags,
    "outcome_code": _outcome,
    "outcome_on": _later_day,
    "record_status": _status,
    "transfer": _transfer,
    "transfer_direction": _worded("transfer_direction", alone=0.1),
    "transfer_force": _force,
    "transfer_ref": _other_reference,
    "person_ref": _person,
    "role": _worded("role", alone=0.6, required=True),
    "surname": _name,
    "forenames": _name,
    "full_name": _full_name,
    "date_of_birth": _born,
    "sex": _worded("sex", alone=0.5),
    "self_defined_ethnicity": self_defined,
    "observed_ethnicity": observed,
    "nationalities": nationalities,
    "pnc_id": _pnc,
    "immigration_status": _immigration,
    "case_ref": _reference,
    "force": _force,
    "identified_on": _any_day,
    "status": _worded("status", alone=0.5),
    "status_on": _any_day,
    "reason_closed": _words,
}
