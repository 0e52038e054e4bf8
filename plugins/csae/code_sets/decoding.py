"""What a written value stands for, by listed codes, wordings and words alone: nothing is decoded by likeness.

`int_coded_value` says the same of the same value; a test holds the two together.
"""

import re
from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from csae.code_sets.forms import normalised_form
from csae.code_sets.members import read_members
from csae.code_sets.seeds import Code, CodeSet, Rule, Seeds
from csae.code_sets.spelling import Spelling
from csae.code_sets.wordings import AMBIGUOUS

_ETHNICITY = frozenset({"self_defined_ethnicity", "observed_ethnicity"})
"""Columns in which a code is met with its label behind it."""
_LABELS_FOR_CODES = "officer_observed_label"
"""The set whose codes are labels: `Other Asian` is no code `Other` with a label."""

_WRITTEN_TOGETHER = _ETHNICITY | {"nationalities", "outcome_code"}
"""Columns in which the words of a label are met without blanks."""
_TAKES_CATEGORY = frozenset({"home_office_code", "offence_category", "offence_title"})
"""Columns in which a recorded-crime category is met."""
_WORDING = ("wording", "words")
"""The rules by the normal form and by the words."""
_TITLE = ("title", "title_words")
"""The same of an offence's title, which is less sure."""
_CODE_IN_TITLE = "code_with_title"
_DIGITS_OF_CLASS = 3
_CALLED_CLASS = "(?:(?:HOME OFFICE|HOCR?|HO|H O|OFFENCE|CRIME|CODES?|CLASS|CATEGORY|NO|NUMBER) ?)*"
_CLASS = "((?:NFIB)?[0-9]{1,3}[A-Z]?)"
_CLASS_BEFORE_TITLE = re.compile(rf"{_CALLED_CLASS}{_CLASS}(?: (.*[A-Z]{{3}}.*))?", re.ASCII)
_CLASS_BEHIND_TITLE = re.compile(rf"(.*?[A-Z]{{3}}.*?) {_CALLED_CLASS}{_CLASS}", re.ASCII)
_SEVERAL_CJS_CODES = re.compile(r"[A-Z]{2}[0-9]{5}[A-Z]? (TO )?[0-9]{2,3}[A-Z]?", re.ASCII)
"""`SX03001-004N`"""

_CODE_BEHIND = re.compile(r"([A-Z]{3,}(?: .*)?) (IC [0-9]|[A-Z]{1,2}[0-9]{1,2}|[0-9]{1,2}[A-Z]|[A-Z])", re.ASCII)
"""A label that begins with a word, with a code behind it."""
_CODE_BEFORE = re.compile(r"(IC [0-9]|[^ ]+) (.+)", re.ASCII)
_LETTERS_IN_BRACKETS = re.compile(r".*[(\[] *[A-Za-z]{2,4} *[)\]] *", re.ASCII | re.DOTALL)
_LETTERS_BEHIND = re.compile(r"([A-Z]{3,}(?: .*)?) ([A-Z]{2,4})", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,3}", re.ASCII)
_CODE_OF_NO_LIST = re.compile(r"[A-Z]{1,2}[0-9]{1,2}|[0-9]{1,2}[A-Z]|[0-9]{3}", re.ASCII)
_LEFT_TO_HEADING = re.compile(r"(ANY OTHER|OTHER|BRITISH)( (BACKGROUND|ETHNIC|GROUP))*", re.ASCII)
_ANY_OTHER_GROUP = re.compile(r".*ETHNIC GROUP", re.ASCII)
_CODE_BEHIND_NATIONALITY = re.compile(r"(.+) ([A-Z]{2,3})", re.ASCII)
_HEADINGS = {"W": "WHITE", "M": "MIXED", "A": "ASIAN", "B": "BLACK"}
_CODE_OF_GROUP = re.compile(r"[WMAB][0-9]", re.ASCII)
_BELOW_HEADING = re.compile(r"(ANY OTHER|OTHER|BRITISH)( (BACKGROUND|ETHNIC|GROUP))*")
_ALTERNATIVES = re.compile(r" *[,;/] *| or ", re.IGNORECASE)
"""Between names of one country. A blank and a dash are not: they stand within names."""
_WITH_HUMPS = re.compile("[A-Za-z]?[a-z]+(?:[A-Z][a-z]*)+", re.ASCII)
_HUMP = re.compile("(?<=[a-z])(?=[A-Z])", re.ASCII)
_OUTCOME = re.compile(r"0*(\d{1,2})", re.ASCII)
_WORDS_OF_OUTCOME = r"([^0-9]*[A-Z]{3}[^0-9]*)"
_NUMBER_OF_OUTCOME = r"0*([1-9]|1[0-9]|2[0-2])[A-E]?"
_NAMED_NUMBER = re.compile(
    r"(^| )(OUTCOME|OC|O)( (CODE|TYPE|NO|NUMBER))? ?[0-9]|^(TYPE )?[0-9]+[A-E]? OUTCOME |^TYPE [0-9]+[A-E]? OUTCOMES "
)
_OUTCOME_BEFORE_WORDS = re.compile(
    r"(?:(?:(?:CRIME )?OUTCOME(?: (?:CODE|TYPE|NO|NUMBER))?|OC|O|TYPE) ?)?"
    rf"{_NUMBER_OF_OUTCOME}(?: OUTCOMES?)? {_WORDS_OF_OUTCOME}"
)
_OUTCOME_BEHIND_WORDS = re.compile(rf"{_WORDS_OF_OUTCOME} (?:(?:OUTCOME|OC) ?)?{_NUMBER_OF_OUTCOME}")
_NOT_THE_OUTCOME = re.compile(
    r"(^| )(PENDING|AWAITING|REQUESTED|REJECTED|CANCELLED|RESCINDED|REMOVED|REVERSED|DELETED|APPLICABLE|INVALID|ERROR"
    r"|INCORRECT|PREVIOUSLY|FORMERLY|CHANGED|AMENDED|OR)( |$)"
)
"""Words beside a number that may take it back."""


@dataclass(frozen=True)
class Reading:
    """What became of one value: the first rule that fits it, by rank."""

    code: str | None
    """The harmonised code; None for a value that is unmapped."""
    rule: Rule


class _Candidate(NamedTuple):
    rule: str
    code: str | None


def read(
    seeds: Seeds, column: str, value: str, scheme: str | None = None, own: Mapping[str, str] | None = None
) -> Reading:
    """The source's `own` codes and its `scheme` come first; a wording means the same in every scheme."""
    found = list(_candidates(seeds, column, value, scheme, own or {}))
    best = min(found, key=lambda item: seeds.rules[item.rule].rank, default=_Candidate("not_known", None))
    rule = seeds.rules[best.rule]
    return Reading(best.code if rule.is_decoded else None, rule)


def _candidates(
    seeds: Seeds, column: str, value: str, scheme: str | None, own: Mapping[str, str]
) -> Iterator[_Candidate]:
    code_set = seeds.sets[column]
    form = normalised_form(_apart(value) if column == "outcome_code" else value)
    codes = _declared(code_set, scheme, own)
    if form in codes:
        yield _Candidate(*codes[form])
    if column in ("home_office_code", "offence_title"):
        yield from _offence(seeds, column, value)
    if column == "cjs_code" and form in code_set.by_scheme[None]:
        yield _Candidate("code", code_set.by_scheme[None][form].code)
    if column in ("cjs_code", "home_office_code", "offence_title"):
        yield from _cjs_code_with_title(seeds.sets["cjs_code"], form)
    if column in _TAKES_CATEGORY:
        yield from _category(seeds, column, form)
    if column == "offence_title":
        yield from _by_parts(seeds, code_set, form)
    if column == "outcome_code":
        yield from _outcome(code_set, value)
        yield from _outcome_with_words(code_set, form)
    if column != "offence_category":
        yield from _by_wording(code_set, form, _TITLE if column == "offence_title" else _WORDING)
    if code_set.spelling:
        yield from _by_spelling(code_set, code_set.spelling, form)
    yield from _by_members(code_set, column, value)
    if column in _WRITTEN_TOGETHER and (code := code_set.by_joined.get(form, AMBIGUOUS)) != AMBIGUOUS:
        yield _Candidate("written_together", code)
    if column == "nationalities":
        yield from _alternatives(code_set, value)
    if code_set.label_codes:
        is_code = column in _ETHNICITY and scheme != _LABELS_FOR_CODES
        yield from _code_and_label(code_set, column, value, codes if is_code else {})


def _apart(value: str) -> str:
    """`noFurtherAction`, as programs write it, in words."""
    return _HUMP.sub(" ", value) if _WITH_HUMPS.fullmatch(value) else value


def _declared(code_set: CodeSet, scheme: str | None, own: Mapping[str, str]) -> Mapping[str, tuple[str, str]]:
    """The rule and the code by normal form: the source's own meaning of a code comes before that of its code set."""
    own_codes = {normalised_form(code): ("own_code", to) for code, to in own.items()}
    return ChainMap(own_codes, code_set.declared.get(scheme, {}))


def _by_wording(code_set: CodeSet, form: str, rules: tuple[str, str] = _WORDING) -> Iterator[_Candidate]:
    """By the normal form, else by the words in their order, else in any order: the first that is listed tells."""
    by_form, by_words = rules
    for rule, table, key in (
        (by_form, code_set.by_form, form),
        (by_words, code_set.by_said, code_set.said(form)),
        (by_words, code_set.by_words, code_set.words(form)),
    ):
        if code := table.get(key):
            yield _Candidate("ambiguous", None) if code == AMBIGUOUS else _Candidate(rule, code)
            return


def _by_members(code_set: CodeSet, column: str, value: str) -> Iterator[_Candidate]:
    """A listed wording comes first. An observation is a group at most, whatever its list."""
    if column != "self_defined_ethnicity" or normalised_form(value) in code_set.by_form:
        return

    def read_form(form: str) -> str | None:
        return next((item.code for item in _by_wording(code_set, form)), None)

    if group := read_members(value, read_form):
        yield _Candidate("ambiguous", None) if group == AMBIGUOUS else _Candidate("members", group)


def _by_spelling(code_set: CodeSet, spelling: Spelling, form: str) -> Iterator[_Candidate]:
    """With a letter wrong."""
    if corrected := spelling.corrected(form):
        yield from (_Candidate("spelling", item.code) for item in _by_wording(code_set, corrected) if item.code)


def _code_and_label(
    code_set: CodeSet, column: str, value: str, codes: Mapping[str, tuple[str, str]]
) -> Iterator[_Candidate]:
    """By a code of the declared version; else by the label alone, where any list has the code for it, or none has."""
    form = normalised_form(value)
    written, rest = _split_label(column, value, form)
    code = codes[written][1] if written in codes else None
    found = _by_wording(code_set, rest) if rest else ()
    for label in (item.code for item in found if item.code):
        if code:
            agree = code_set.agree(code, label)
            yield _Candidate("code_and_label", code) if agree else _Candidate("code_contradicts_label", None)
        if code_set.may_stand_beside(written, label):
            yield _Candidate("label_with_code", label)
        elif not code and rest in form and _is_left_aside(code_set, column, written, rest):
            yield _Candidate("code_left_aside", label)


def _is_left_aside(code_set: CodeSet, column: str, code: str, label: str) -> bool:
    """A code of a list that nobody declared, beside words that need no heading; a number before a nationality."""
    if column not in _ETHNICITY:
        return _NUMBER.fullmatch(code) is not None
    if _CODE_OF_NO_LIST.fullmatch(code) is None or code in code_set.any_codes:
        return False
    return _LEFT_TO_HEADING.fullmatch(label) is None or _ANY_OTHER_GROUP.fullmatch(label) is not None


def _split_label(column: str, value: str, form: str) -> tuple[str, str]:
    """The code of `W1 White British`, `White British W1` or `Poland PL`, and its label.

    Beside a code that says the group, `Other` and `British` are below its heading. Letters alone are a code behind a
    label of ethnicity only where they stand in brackets: `White (WBRI)`.
    """
    behind = [_CODE_BEHIND_NATIONALITY if column == "nationalities" else _CODE_BEHIND]
    if column in _ETHNICITY and _LETTERS_IN_BRACKETS.fullmatch(value):
        behind.append(_LETTERS_BEHIND)
    if match := next((found for pattern in behind if (found := pattern.fullmatch(form))), None):
        code, label = match[2].replace(" ", ""), match[1]
    elif match := _CODE_BEFORE.fullmatch(form):
        code, label = match[1].replace(" ", ""), match[2]
    else:
        code, label = form, ""
    if column in _ETHNICITY and _BELOW_HEADING.fullmatch(label) and _CODE_OF_GROUP.fullmatch(code):
        return code, f"{_HEADINGS[code[0]]} {label}"
    return code, label


def _alternatives(code_set: CodeSet, value: str) -> Iterator[_Candidate]:
    """Where each of several names is listed, and all are of one country."""
    parts = _ALTERNATIVES.split(value)
    codes = {code_set.by_form.get(normalised_form(part), AMBIGUOUS) for part in parts}
    if len(parts) > 1 and len(codes) == 1 and AMBIGUOUS not in codes:
        yield _Candidate("alternatives", codes.pop())


def _offence(seeds: Seeds, column: str, value: str) -> Iterator[_Candidate]:
    """A code that no list has is kept where it cannot be anything else; `not_in_reference` says so.

    In a title only one of all its digits counts: `(13/15)` there is an age.
    """
    text = value.strip(" ").upper()
    listed = seeds.sets["home_office_code"].by_scheme[None]
    for pattern in seeds.offence_patterns:
        match = pattern.pattern.fullmatch(text)
        if match is None:
            continue
        if column == "offence_title" and (pattern.rule != _CODE_IN_TITLE or len(match[1]) < _DIGITS_OF_CLASS):
            continue
        if pattern.pattern.groups < 2 or not seeds.rules[pattern.rule].is_decoded:
            yield _Candidate(pattern.rule, None)
            continue
        code = f"{match[1]:0>3}/{match[2]:0>2}"
        if normalised_form(code) in listed:
            yield _Candidate(pattern.rule, code)
        elif pattern.rule == "code":
            yield _Candidate("not_in_reference", code)


def _cjs_code_with_title(cjs_codes: CodeSet, form: str) -> Iterator[_Candidate]:
    """`SX03005 - Rape of a girl under 13`: the title is not compared; several written as one are none."""
    if _SEVERAL_CJS_CODES.fullmatch(form):
        return
    listed = cjs_codes.by_scheme[None]
    codes = {listed[word].code for word in form.split() if word in listed}
    if len(codes) == 1:
        yield _Candidate(_CODE_IN_TITLE, codes.pop())


def _by_parts(seeds: Seeds, titles: CodeSet, form: str) -> Iterator[_Candidate]:
    """By the act, and what is said beside it; a class by the words of its title, where no offence has them."""
    words = titles.words(form)
    if code := seeds.parts.read(words):
        yield _Candidate("title_parts", code)
    if (category := seeds.classes.get(words)) and not any(_by_wording(titles, form)):
        yield _Candidate("category_title", category)


def _category(seeds: Seeds, column: str, form: str) -> Iterator[_Candidate]:
    """A title counts by its form alone.

    `4/9` has no normal form of its own, so it is left to the code 004/09.
    """
    categories = seeds.sets["offence_category"]
    if column != "offence_title" and (found := _class_with_title(seeds, form)):
        yield _Candidate("category", found)
    if column != "home_office_code" and (code := categories.by_form.get(form)):
        yield _Candidate("ambiguous", None) if code == AMBIGUOUS else _Candidate("category_title", code)


def _class_with_title(seeds: Seeds, form: str) -> str | None:
    """`19E`, `HO class 19E`, and `19E - Rape of a Female Child under 13` where it is a title of that class."""
    if match := _CLASS_BEFORE_TITLE.fullmatch(form):
        written, title = match[1], match[2]
    elif match := _CLASS_BEHIND_TITLE.fullmatch(form):
        written, title = match[2], match[1]
    else:
        return None
    code = seeds.sets["offence_category"].by_scheme[None].get(written)
    if code is None or code.code != written:
        return None
    if title is None or title == normalised_form(code.label):
        return written
    return written if seeds.classes.get(seeds.sets["offence_title"].words(title)) == written else None


def _outcome(code_set: CodeSet, value: str) -> Iterator[_Candidate]:
    """`01` is 1."""
    known: Mapping[str, Code] = code_set.by_scheme[None]
    if match := _OUTCOME.fullmatch(value.strip(" ")):
        yield _Candidate("code" if match[1] in known else "not_in_reference", match[1])


def _outcome_with_words(code_set: CodeSet, form: str) -> Iterator[_Candidate]:
    """`14 - Victim does not support`, where both say the same.

    `OC10 - Formal action (Pol)` is its number where no outcome is known by the words, and they do not take it back.
    """
    if match := _OUTCOME_BEFORE_WORDS.fullmatch(form):
        number, words = match[1], match[2]
    elif match := _OUTCOME_BEHIND_WORDS.fullmatch(form):
        number, words = match[2], re.sub("( (OUTCOME|OC)){1,2}$", "", match[1])
    else:
        return
    found = [item.code for item in _by_wording(code_set, words)]
    if not found and _NAMED_NUMBER.search(form) and not _NOT_THE_OUTCOME.search(words):
        yield _Candidate("outcome_number", number)
    yield from (
        _Candidate("code_and_label", code) if code == number else _Candidate("code_contradicts_label", None)
        for code in found
        if code
    )
