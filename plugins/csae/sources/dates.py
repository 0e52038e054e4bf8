"""How a force writes a day: `dd/mm/yyyy` and its like, made of a closed set of parts.

`dd mm mon month yyyy` are a day, `hh mm ss` after a blank or a `T` a time of day, which is dropped, and a `Z` at the
end says that the time is UTC, so that the day is the one in London. `excel` is the day number of a spreadsheet.
A year of two digits is refused: it does not say its century, and a date of birth may lie in either.
"""

import re
from dataclasses import dataclass

EXCEL = "excel"
FORMATS_SHOWN = "yyyy-mm-dd, dd/mm/yyyy, dd mon yyyy, dd-mon-yyyy, yyyymmdd, dd/mm/yyyy hh:mm, yyyy-mm-ddThh:mm:ssZ, excel"
_DAY_PARTS = {
    "yyyy": (r"(?:19|20)\d\d", "%Y"),
    "month": (r"[A-Za-z]{3,9}", "%B"),
    "mon": (r"[A-Za-z]{3}", "%b"),
    "mm": (r"\d\d?", "%m"),
    "dd": (r"\d\d?", "%d"),
}
_TIME_PARTS = {"hh": (r"\d\d?", "%H"), "mm": (r"\d\d", "%M"), "ss": (r"\d\d(?:\.\d+)?", "")}
_DAY_PART = re.compile("|".join(_DAY_PARTS))
_TIME_PART = re.compile("|".join(_TIME_PARTS))
_NEEDED = ({"yyyy", "mm", "dd"}, {"yyyy", "mon", "dd"}, {"yyyy", "month", "dd"})


@dataclass(frozen=True)
class DateFormat:
    pattern: str
    """A regular expression of the whole text, with the day (and the time, for UTC) in its groups 1 and 2."""
    strptime: str
    """Of group 1."""
    time_strptime: str | None
    """Of group 2, where the time of day decides the day because it is in UTC; else None."""


def parse_date_format(name: str) -> DateFormat | None:
    """None when the text is not a date format. `excel` is not parsed here."""
    day, mark, time = _halves(name)
    names = _DAY_PART.findall(day.lower())
    if set(names) not in _NEEDED or len(names) != 3:
        return None
    packed = re.fullmatch(r"[a-z]+", day.lower()) is not None
    pattern, strptime = _build(day.lower(), _DAY_PART, _DAY_PARTS)
    if packed:  # without marks between them, parts must have their full width
        pattern = pattern.replace(r"\d\d?", r"\d\d")
    if not mark:
        return DateFormat(f"^({pattern})$", strptime, None)
    is_utc = time.lower().endswith("z")
    clock = time[:-1] if is_utc else time
    if _TIME_PART.findall(clock.lower())[:2] != ["hh", "mm"]:
        return None
    time_pattern, time_strptime = _build(clock.lower(), _TIME_PART, _TIME_PARTS)
    short = r"(\d\d?:\d\d)[^Z]*Z" if is_utc else f"({time_pattern})"
    return DateFormat(f"^({pattern})[ T]{short}$", strptime, "%H:%M" if is_utc else None)


def _halves(name: str) -> tuple[str, str, str]:
    """The day, the mark between, and the time of day."""
    match = re.fullmatch(r"(.*?yyyy.*?|.*?)([ Tt])(hh.*)", name)
    return (match[1], match[2], match[3]) if match else (name, "", "")


def _build(text: str, part: re.Pattern[str], parts: dict[str, tuple[str, str]]) -> tuple[str, str]:
    pattern, strptime, at = "", "", 0
    for match in part.finditer(text):
        between = text[at : match.start()]
        pattern += re.escape(between) + parts[match[0]][0]
        strptime += between + parts[match[0]][1]
        at = match.end()
    return pattern + re.escape(text[at:]), strptime + text[at:]
