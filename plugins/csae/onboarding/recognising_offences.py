"""What columns of offences look like: Home Office codes in one column or two, CJS codes, titles and categories."""

import re

from csae.code_sets import normalised_form
from csae.onboarding.findings import NOTHING, Around, Finding
from csae.onboarding.profiles import Profile

_NEARLY_ALL, _HALF, _SOME = 0.9, 0.5, 0.3


def home_office_code(profile: Profile, around: Around) -> Finding:
    for pattern, options in (
        (r"(\d{1,3}/\d{1,2}|\d{5})", {}),
        (r"(\d{1,3}/\d{1,2}|\d{5})\b.+", {"extract": r"^(\d{1,3}/\d{1,2}|\d{5})\b"}),
        (r"\D{1,4}(\d{1,3}/\d{1,2}|\d{5})", {"extract": r"(\d{1,3}/\d{1,2}|\d{5})$"}),
    ):
        if profile.share(pattern) > 0.95:
            known = profile.share_among(
                {
                    value
                    for value in profile.counts
                    if (match := re.fullmatch(pattern, value)) and around.codes.decode("home_office_code", match[1])
                }
            )
            if known > 0.5:
                return Finding(1.0, 0.8, options, f"Home Office codes of the list: {known:.0%}")
            return Finding(0.7 if profile.share(r".*/.*") > 0.9 else 0.2, 0.1, options, "shaped like Home Office codes")
    if profile.share(r"\d{3,4}[A-Z]?|\d{1,3}[A-Z]") > 0.95:
        return Finding(0.4, 0.0, {}, "numbers of an offence class")
    return NOTHING


def offence_class(profile: Profile, around: Around) -> Finding:
    classes = {code[:3] for code in around.codes.codes("home_office_code")}
    known = profile.share_among({value for value in profile.counts if f"{value:0>3}" in classes})
    alone = 0.2 if len(profile.counts) > 1 else 0.0
    return Finding(known, alone, {}, "offence classes of the list") if profile.share(r"\d{1,3}") > 0.95 else NOTHING


def subclass(profile: Profile, _: Around) -> Finding:
    return Finding(0.9, 0.05, {}, "numbers of one or two digits") if profile.share(r"\d{1,2}") > 0.95 else NOTHING


def cjs_code(profile: Profile, _: Around) -> Finding:
    share = profile.share(r"[A-Z]{2}\d{5,6}[A-Z]?")
    return Finding(1.0, 0.7, {}, "shaped like CJS codes") if share > 0.9 else NOTHING


def title(profile: Profile, around: Around) -> Finding:
    """The words of an offence: of the national list, or other words that come again and again."""
    if profile.share(r"(?s)(?=.*[A-Za-z]{3}).{4,400}") < _NEARLY_ALL or profile.days is not None:
        return NOTHING
    offences = around.codes.seeds.sets["home_office_code"].codes
    listed = {normalised_form(title) for offence in offences for title in offence.label.split("; ")}
    known = profile.share_among({value for value in profile.counts if normalised_form(value) in listed})
    if known > _SOME:
        return Finding(1.0, 0.8, {}, f"offence titles of the list: {known:.0%}")
    is_repeated = profile.distinct < _HALF and profile.share(r"\w+\W+\w.*") > _HALF
    return Finding(0.85 if is_repeated else 0.3, 0.0, {}, "words that come again")


def category(profile: Profile, _: Around) -> Finding:
    """`19J`, with its name behind it or without."""
    letters = profile.share(r"\d{1,3}[A-Z]\b.*")
    for pattern, options in (
        (r"\d{1,3}[A-Z]?", {}),
        (r"(\d{1,3}[A-Z]?)\b\D.*", {"extract": r"^(\d{1,3}[A-Z]?)\b"}),
    ):
        if profile.share(pattern) > 0.95:
            return Finding(1.0 if letters > _SOME else 0.3, 0.1, options, "numbers and letters of a category")
    return NOTHING
