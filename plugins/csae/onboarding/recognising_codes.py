"""Ethnicity and nationality: codes, labels and forms of the code sets, and which set a column is written in."""

import re
from collections import Counter
from collections.abc import Mapping

from csae.code_sets import normalised_form
from csae.onboarding.findings import NOTHING, Around, Finding, separator_of, unknown_list
from csae.onboarding.headers import likenesses
from csae.onboarding.profiles import Profile
from csae.onboarding.versions import PRISON, SELF_DEFINED, infer_self_defined, label_code, self_defined_codes
from csae.sources.columns import SCHEMES

_MOST_FORMS = 1000
"""More different values than any code set has."""


def self_defined(profile: Profile, around: Around) -> Finding:
    known = _all_self_defined(around)
    for pattern, options in (
        (r"([A-Z]{1,3}\d?\d?)", {}),
        (r"([A-Z]{1,2}\d?) - .+", {"split": " - ", "take": "first"}),
        (r"([A-Z]{1,2}\d?)\b\W+.+", {"extract": r"^([A-Z]{1,2}\d?)\b"}),
        (r".+\(([A-Z]{1,2}\d?)\)", {"extract": r"\(([A-Z]{1,2}\d?)\)$"}),
    ):
        found = {value: match[1] for value in profile.counts if (match := re.fullmatch(pattern, value))}
        coded = profile.share_among({value for value, code in found.items() if code in known})
        if coded < 0.85:
            continue
        seen = frozenset(found.values())
        if not any(re.fullmatch(r"[WMABO]\d", code) for code in seen):
            return NOTHING
        return _with_scheme(profile, around, seen, options, f"{len(seen & known)} ethnicity codes")
    labelled = _labelled(profile, around)
    return labelled if labelled.fits else _unknown_codes(profile, "self_defined_ethnicity", around)


def _with_scheme(
    profile: Profile, around: Around, seen: frozenset[str], options: Mapping[str, object], told: str
) -> Finding:
    given = around.schemes.get(profile.name) or around.schemes.get("self_defined_ethnicity")
    asks: list[str] = []
    if given:
        scheme, reason = given, "the code set was named"
        odd = sorted(seen - {*self_defined_codes(given, around.codes)})
    else:
        inferred = infer_self_defined(seen, profile.name, around.codes)
        scheme, reason = inferred.scheme, inferred.reason
        asks += inferred.asks
        odd = sorted(seen - _all_self_defined(around))
    if odd:
        asks.append(f"{', '.join(odd)} is not in {scheme}; say what it stands for in 'codes: {{{scheme}: …}}'.")
    return Finding(1.0, 0.85, {**options, "codes": scheme}, f"{told}; {reason}", tuple(asks))


def _all_self_defined(around: Around) -> set[str]:
    return {code for scheme in (*SELF_DEFINED, PRISON) for code in self_defined_codes(scheme, around.codes)}


def _labelled(profile: Profile, around: Around) -> Finding:
    if len(profile.counts) > 60:
        return NOTHING
    given = around.schemes.get(profile.name) or around.schemes.get("self_defined_ethnicity")
    scheme = given if given in SELF_DEFINED else "self_defined_2021"
    known = {value: code for value in profile.counts if (code := label_code(value, scheme, around.codes))}
    share = profile.share_among(set(known))
    if share < 0.6 or len(set(known.values())) < 3:
        return NOTHING
    unknown = len(profile.counts) - len(known)
    asks = (f"{unknown} other labels have no code yet; add them to the map.",) if unknown else ()
    is_other = set(profile.counts) - {*around.codes.codes("observed_ethnicity", "officer_observed_label")}
    alone = 0.8 if is_other else 0.1
    # A label that the code set reads needs no map, which would make one code of `refused` and `not stated`.
    unread = {
        value: code
        for value, code in known.items()
        if around.codes.decode("self_defined_ethnicity", value, scheme) is None
    }
    options: dict[str, object] = {"codes": scheme}
    told = f"{len(known)} labels of ethnicity"
    if unread:
        options["map"] = dict(sorted(unread.items(), key=lambda item: item[1]))
        told += f", {len(unread)} of them written out as codes"
    return Finding(1.0 if share > 0.9 else 0.8, alone, options, told, asks)


def observed(profile: Profile, around: Around) -> Finding:
    labels = {*around.codes.codes("observed_ethnicity", "officer_observed_label")}
    codes = {"codes": "officer_observed_ic"}
    if profile.share(r"[0-79]") > 0.98:
        return Finding(1.0, 0.25 if len(profile.counts) > 2 else 0.0, codes, "identity codes 0 to 9")
    if profile.share(r"[Ii][Cc] ?[0-9]") > 0.95:
        return Finding(1.0, 0.9, {"extract": r"^[Ii][Cc] ?(\d)$", **codes}, "IC codes")
    if profile.share(r"(?:[Ii][Cc] ?)?[0-9]\s*[-:(. ].+") > 0.9 and len(profile.counts) < 15:
        return Finding(1.0, 0.8, {"extract": r"^(?:[Ii][Cc] ?)?(\d)\b", **codes}, "IC codes with their words")
    share = profile.share_among(labels)
    words = around.codes.labels("observed_ethnicity", "officer_observed_ic")
    known = {value: code for value in profile.counts if (code := words.get(normalised_form(value)))}
    if profile.share_among(set(known)) > max(share, 0.6):
        odd = len(profile.counts) - len(known)
        asks = (f"{odd} other labels have no code yet; add them to the map.",) if odd else ()
        return Finding(1.0, 0.75, {"map": known, **codes}, "words for identity codes", asks)
    if share > 0.6 and len(profile.counts) < 30:
        odd = len(set(profile.counts) - labels)
        asks = (
            (f"{odd} other values are not in officer_observed_label; say what they stand for in 'codes'.",)
            if odd
            else ()
        )
        told = "words for what an officer saw"
        return Finding(1.0 if share > 0.9 else 0.8, 0.75, {"codes": "officer_observed_label"}, told, asks)
    return _unknown_codes(profile, "observed_ethnicity", around)


CAUTIOUS_SCHEMES = {
    "self_defined_ethnicity": "self_defined_2011",
    "observed_ethnicity": "officer_observed_label",
    "nationalities": "iso_alpha3",
}
"""Where values do not tell the code set: it gives the fewest codes another's meaning."""


def _unknown_codes(profile: Profile, target: str, around: Around) -> Finding:
    """A few values below a telling header that are in no code set: a person maps them."""
    unknown = unknown_list(profile, target)
    scheme = around.schemes.get(profile.name) or around.schemes.get(target) or CAUTIOUS_SCHEMES[target]
    ask = f"its {len(profile.counts)} values are in no code set; map each to a code of {scheme}, or name another."
    return Finding(unknown.fits, 0.0, {"codes": scheme}, unknown.evidence, (ask,)) if unknown.fits else NOTHING


def nationalities(profile: Profile, around: Around) -> Finding:
    for pattern in (r"^([A-Z]{3})\W+\w.+$", r"^.+\(([A-Z]{3})\)$"):  # GBR - United Kingdom
        codes = [match[1] for value in profile.values if (match := re.fullmatch(pattern, value))]
        known = sum(around.codes.decode("nationalities", code, "iso_alpha3") is not None for code in codes)
        if known > 0.9 * len(profile.values):
            return Finding(
                1.0, 0.8, {"extract": pattern, "codes": "iso_alpha3"}, "ISO codes of countries with their names"
            )
    separator = "" if profile.repeats_in_cells else separator_of(profile, r"[\w' ()-]{2,40}")
    cells = (part.strip() for value in profile.values for part in (value.split(separator) if separator else [value]))
    forms = Counter(normalised_form(cell) for cell in cells if cell)
    if len(forms) > _MOST_FORMS:
        return NOTHING
    sets = {scheme: around.codes.seeds.sets["nationalities"].by_scheme[scheme] for scheme in SCHEMES["nationalities"]}
    # `Not recorded` is of no set, and so of each.
    of_none = {form for form in forms if not any(form in own for own in sets.values())}
    of_each = {form for form in of_none if around.codes.decode("nationalities", form)}
    shares = {
        scheme: sum(times for form, times in forms.items() if form in own or form in of_each) / max(1, forms.total())
        for scheme, own in sorted(sets.items())
    }
    scheme = max(shares, key=lambda name: shares[name])
    if shares[scheme] < 0.7 or (len(forms) < 2 and not likenesses(profile.name)["nationalities"].score > 0.6):
        return NOTHING
    given = around.schemes.get(profile.name) or around.schemes.get("nationalities")
    options: dict[str, object] = {"split": separator} if separator else {}
    told = {
        "iso_alpha2": "ISO codes of countries, of two letters",
        "iso_alpha3": "ISO codes of countries",
        "nationality_demonym": "nationalities",
        "country_name": "countries",
        "prison_and_probation_nationality": "HMPPS nationality codes",
    }[scheme]
    alone = 0.8 if len(forms) > 5 else 0.3
    share = "" if shares[scheme] > 0.98 else f", {shares[scheme]:.0%} known"
    return Finding(1.0 if shares[scheme] > 0.9 else 0.8, alone, {**options, "codes": given or scheme}, f"{told}{share}")
