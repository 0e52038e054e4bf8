"""A group of ethnicity with a list of its categories, which is the group: `Black or Black British (African/Other)`.

By its words in any order it would be one of them. `int_member_reading` does the same in SQL; a test holds both.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from csae.code_sets.forms import normalised_form
from csae.code_sets.wordings import AMBIGUOUS

_GROUP_CODE = re.compile("^ *[WMABO] *[-–—:.)] *")
"""Before a group's name, as `B - Black (African/Other)`."""
_BEFORE_LIST = re.compile(r" *[(\[:] *| +[-–—] +")
"""Between a group and its list, or a list and its group."""
_LIST_MARKS = tuple(
    re.compile(rf" *[{signs}] *(?:(?:or|neu|and|ac|a|&) +)?| +(?:{words}", re.IGNORECASE)
    for signs, words in (
        (",;/|", "or|neu) +| +and +(?=(?:any +)?other|white)"),
        (",;/|&+", "or|neu) +| +and +(?=(?:any +)?other|white)"),
        (",;/|&+", "or|neu|and|ac|a) +"),
    )
)
"""Between categories; `and` is tried last, for `White and Asian` is one of them."""
_MAY_BE_LIST = re.compile(r"[,;/|&+]| (?:or|neu|and|ac|a) ", re.IGNORECASE)
_CATEGORY = re.compile("[WMABO][0-9]?")
_HEADINGS = {"W": "WHITE", "M": "MIXED", "A": "ASIAN", "B": "BLACK", "O": "OTHER"}
_IN_HEADING = re.compile("BLACK BRITISH .+")
_ALL_OTHER = re.compile("(ANY )?OTHER .+")
"""Where a heading names categories: `Black, African, Caribbean or Black British African`, `Other African/Caribbean`."""


class _List(NamedTuple):
    group: str
    """The code of the words that it stands beside, or of its first; empty where they are no group."""
    items: tuple[str, ...]
    has_heading: bool


def read_members(value: str, code_of: Callable[[str], str | None]) -> str | None:
    """The group, AMBIGUOUS where `Other` may be of another, or None; `code_of` reads a normal form."""
    if not _MAY_BE_LIST.search(value):
        return None

    def read(form: str) -> str:
        code = code_of(form) or ""
        return code if _CATEGORY.fullmatch(code) else ""

    found = {code for one in _lists(_GROUP_CODE.sub("", value), read) if (code := _meant(one, read))}
    return found.pop() if len(found) == 1 else AMBIGUOUS if found else None


def _lists(value: str, read: Callable[[str], str]) -> Iterator[_List]:
    """A group before the first mark or behind the last; where there is no mark, the first of the list may be it."""
    marks = [*_BEFORE_LIST.finditer(value)]
    for marked in _LIST_MARKS:
        if marks:
            for group, written in (
                (value[: marks[0].start()], value[marks[0].end() :]),
                (value[marks[-1].end() :], value[: marks[-1].start()]),
            ):
                yield _List(read(normalised_form(group)), _items(marked, written), True)
        elif items := _items(marked, value):
            first = read(items[0])
            is_heading = len(first) == 1
            yield _List(first, items[1:] if is_heading else items, is_heading)


def _items(marks: re.Pattern[str], written: str) -> tuple[str, ...]:
    return tuple(form for item in marks.split(written) if (form := normalised_form(item)))


def _meant(one: _List, read: Callable[[str], str]) -> str | None:
    """Two categories or more are the group; a category twice, or the group with one, is no list."""
    if len(one.items) < 2 or not one.group or (one.has_heading and len(one.group) > 1):
        return None
    group = one.group[0]
    behind = one.items if one.has_heading else one.items[1:]
    if group == "B" and (_ALL_OTHER.fullmatch(one.items[0]) or any(map(_IN_HEADING.fullmatch, behind))):
        return None
    alone = [read(item) for item in one.items]
    headed = [read(f"{_HEADINGS[group]} {item}") for item in one.items]
    first, second = (headed, alone) if one.has_heading else (alone, headed)
    codes = [this if this[:1] == group else that for this, that in zip(first, second, strict=True)]
    named = {code for code, own in zip(codes, alone, strict=True) if code != group or (own == group == "O")}
    if any(code[:1] != group for code in codes) or len(named) < 2:
        return None
    is_sure = one.has_heading or all(code[:1] in ("", group) for code in alone)
    return group if is_sure else AMBIGUOUS
