"""How a force writes a day: `dd/mm/yyyy` and its like, made of a closed set of parts.

`dd`, `mm` (or `mon`, `month`) and `yyyy` are a day. A time of day, `hh:mm` or `hh:mm:ss` after a blank or a `T`, is
dropped. A `Z` at the end says that the time has its zone (`Z` or `+01:00`): the day is then the one in London. `excel`
is the day number of a spreadsheet. A year of two digits is refused: it does not say its century, and a date of birth
may lie in either.
"""

import re
from dataclasses import dataclass

EXCEL = "excel"
FORMATS_SHOWN = (
    "yyyy-mm-dd, dd/mm/yyyy, dd mon yyyy, dd-mon-yyyy, yyyymmdd, dd/mm/yyyy hh:mm, yyyy-mm-ddThh:mm:ssZ, excel"
)
_PARTS = {
    "yyyy": (r"(?:19|20)\d\d", "%Y"),
    "month": (r"[A-Za-z]{3,9}", "%B"),
    "mon": (r"[A-Za-z]{3}", "%b"),
    "mm": (r"\d\d?", "%m"),
    "dd": (r"\d\d?", "%d"),
}
_PART = re.compile("|".join(_PARTS))
_DAYS = ({"yyyy", "mm", "dd"}, {"yyyy", "mon", "dd"}, {"yyyy", "month", "dd"})
_FORMAT = re.compile(r"(?P<day>[^:]+?)(?P<time>[ t]hh:mm(?::ss)?(?P<zone>z)?)?")
_TIME = r"[ T](\d\d?:\d\d)(?::\d\d(?:\.\d+)?)?"
_ZONE = r"(Z|[+-]\d\d:?\d\d)"


@dataclass(frozen=True)
class DateFormat:
    pattern: str
    """A regular expression of the whole text: group 1 is the day, 2 the hour and minute, 3 the zone."""
    strptime: str
    """Of the day."""
    has_zone: bool


def parse_date_format(name: str) -> DateFormat | None:
    """None when the text is not a date format. `excel` is not among these."""
    match = _FORMAT.fullmatch(name.lower())
    if match is None:
        return None
    day = match["day"]
    parts = _PART.findall(day)
    if len(parts) != 3 or set(parts) not in _DAYS or re.search(r"[a-z0-9]", _PART.sub("", day)):
        return None
    pattern = _PART.sub(lambda part: _PARTS[part[0]][0], re.sub(r"([.\\^$|?*+(){}\[\]])", r"\\\1", day))
    if day.isalpha():  # without marks between them, parts must have their full width
        pattern = pattern.replace(r"\d\d?", r"\d\d")
    time = (_TIME if match["time"] else "") + (_ZONE if match["zone"] else "")
    return DateFormat(f"^({pattern}){time}$", _PART.sub(lambda part: _PARTS[part[0]][1], day), bool(match["zone"]))
