"""Fixed width: fields begin where a header's words do, where blanks end in most lines, or where a day stands."""

import re
from collections import Counter

from csae.onboarding.samples import Sample
from csae.onboarding.tables import Block, Sniffed
from csae.onboarding.trailers import looks_like_header, trailer_of

_DAY = re.compile(
    r"(?:19|20)\d\d-[01]\d-[0-3]\d|[0-3]\d/[01]\d/(?:19|20)\d\d|(?:19|20)\d\d[01]\d[0-3]\d|[0-3]\d[01]\d(?:19|20)\d\d"
)
_LINES_LOOKED_AT = 2000
_OFTEN = 0.97


def sniff_fixed_width(sample: Sample, text: str, encoding: str, about_encoding: str) -> Sniffed | None:
    """None when the lines are not of one length."""
    lines = text.splitlines()
    lengths = Counter(len(line) for line in lines if line.strip())
    if not lengths:
        return None
    width, times = lengths.most_common(1)[0]
    if width < 10 or times < max(3, 0.6 * sum(lengths.values())):
        return None
    top = next(at for at, line in enumerate(lines) if len(line) == width)
    has_header = looks_like_header(re.split(r"\s{2,}|\t", lines[top].strip())) and not re.search(r"\d{4}", lines[top])
    has_header = has_header and " " in lines[top].strip()
    first = top + 1 if has_header else top
    below = [line for line in lines[first:] if line.strip()]
    trailer, rows = trailer_of(
        [[line] if len(line) == width else [line, ""] for line in below], lambda row: row[0], above=first, width=1
    )
    data = [row[0] for row in rows if len(row) == 1]
    starts = _starts(data[:_LINES_LOOKED_AT], width, lines[top] if has_header else None)
    spans = list(zip(starts, [*starts[1:], width], strict=True))
    spans = [(start, end) for start, end in spans if any(line[start:end].strip() for line in data) or has_header]
    names = _names(lines[top] if has_header else None, spans)
    form: dict[str, object] = {
        "type": "fixed_width",
        "encoding": encoding,
        "fields": {name: f"{start + 1}-{end}" for name, (start, end) in zip(names, spans, strict=True)},
    }
    if first:
        form["lines_above"] = first
    form.update(trailer)
    if not text.endswith(("\n", "\r")):
        form["ends_with_newline"] = False
    columns = {
        name: [line[start:end].strip() for line in data] for name, (start, end) in zip(names, spans, strict=True)
    }
    found = (f"fixed width, lines of {width} characters, {about_encoding}", f"{len(data):,} rows")
    ask = "where fields begin and end was found from blanks and days; compare 'fields' with the force's description."
    return Sniffed(sample, form, (Block(columns),), found, (ask,))


def _names(header: str | None, spans: list[tuple[int, int]]) -> list[str]:
    names: list[str] = []
    for number, (start, end) in enumerate(spans, start=1):
        name = " ".join(header[start:end].split()) if header else ""
        names.append(name if name and name not in names else f"Field {number}")
    return names


def _starts(data: list[str], width: int, header: str | None) -> list[int]:
    blanks = [sum(line[at] == " " for line in data) / len(data) for at in range(width)]
    starts = {0}
    for at in range(1, width):
        after_blank = blanks[at - 1] > 0.02 and blanks[at] < blanks[at - 1] - 0.01
        if header is not None:
            named = header[at] != " " and header[at - 1] == " "
            if named and (blanks[at - 1] >= _OFTEN or header[max(0, at - 2) : at].strip() == "" or after_blank):
                starts.add(at)
        elif after_blank and blanks[at - 1] > 0.2:
            starts.add(at)
    for at in range(width - 7):
        for length in (10, 8):
            if header is None and _holds_days(data, at, length):
                inner = {start for start in starts if at < start < at + length}
                starts = (starts - inner) | {at} | ({at + length} if at + length < width else set())
                break
    return sorted(starts)


def _holds_days(data: list[str], at: int, length: int) -> bool:
    cells = [cell for line in data if (cell := line[at : at + length]).strip()]
    return len(cells) > len(data) * 0.05 and sum(bool(_DAY.fullmatch(cell)) for cell in cells) >= _OFTEN * len(cells)
