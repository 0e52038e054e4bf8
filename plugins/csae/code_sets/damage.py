"""What an offence code may have been before a spreadsheet took it for a date or a number."""

import re
from collections.abc import Container, Iterator
from datetime import date, timedelta

_DAY_ZERO = date(1899, 12, 30)
"""Of a spreadsheet's numbers of days."""
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_NUMBERS = re.compile(r"(\d{1,2})/(\d{1,2})/\d{2,4}(?: .*)?|(\d{1,3})\.(\d)", re.ASCII)
_DAY_AND_MONTH = re.compile(r"(\d{1,2})[- ]([A-Z]{3})(?:[- ]\d{2,4})?", re.ASCII)
_MONTH_AND_YEAR = re.compile(r"([A-Z]{3})[- ]\d{0,2}(\d{2})", re.ASCII)
_ISO_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ].*)?", re.ASCII)
_DAY_NUMBER = re.compile(r"\d{5}", re.ASCII)


def may_have_been(text: str, listed: Container[str]) -> list[str]:
    """The listed codes that become this text, both orders of day and month tried; never more than a suggestion."""
    codes = dict.fromkeys(f"{first:03}/{second:02}" for first, second in _parts(text.strip(" ").upper()))
    return [code for code in codes if code in listed]


def _parts(text: str) -> Iterator[tuple[int, int]]:
    if match := _NUMBERS.fullmatch(text):
        day, month, whole, digit = match.groups()
        yield from _either(int(day), int(month)) if day else [(int(whole), int(digit) * 10)]
    elif (match := _DAY_AND_MONTH.fullmatch(text)) and match[2] in _MONTHS:
        yield from _either(int(match[1]), _MONTHS.index(match[2]) + 1)
    elif (match := _MONTH_AND_YEAR.fullmatch(text)) and match[1] in _MONTHS:
        yield from _either(int(match[2]), _MONTHS.index(match[1]) + 1)
    elif match := _ISO_DAY.fullmatch(text):
        try:
            yield from _of_day(date.fromisoformat(match[1]))
        except ValueError:
            return
    elif _DAY_NUMBER.fullmatch(text):
        yield from _of_day(_DAY_ZERO + timedelta(days=int(text)))


def _of_day(day: date) -> Iterator[tuple[int, int]]:
    """`088/01` became the first of January 1988."""
    yield from _either(day.day, day.month)
    if day.day == 1:
        yield from _either(day.year % 100, day.month)


def _either(first: int, second: int) -> Iterator[tuple[int, int]]:
    yield first, second
    yield second, first
