"""Fixed width: fields begin where a force's list says, where a header's words do, or where blanks end in all lines."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from csae.onboarding.field_lists import FieldList, Section
from csae.onboarding.samples import Sample, SampleError
from csae.onboarding.tables import Block, Sniffed
from csae.onboarding.trailers import looks_like_header, trailer_of

_LINES_LOOKED_AT = 2000
_OFTEN = 0.97
_MOST = 0.6
_LEAST_LINES = 3
_ENOUGH_LINES = 20
"""Of fewer, all may have digits where others have none."""
_NARROWEST = 10
_MOST_OUTSIDE = 5
"""Lines that are looked at above the data, and below."""
_DIGITS = re.compile(r"[\d/.: -]*\d")
Spans = dict[str, tuple[int, int]]
"""For slicing: from 0, the end excluded."""


def has_even_lines(text: str) -> bool:
    """Nearly all lines are of one length, which lines of delimited text are not."""
    width, share = _usual_width(_lines(text)[_MOST_OUTSIDE:-_MOST_OUTSIDE])
    return width >= _NARROWEST and share >= _OFTEN


def sniff_fixed_width(sample: Sample, text: str, encoding: str, about_encoding: str) -> Sniffed | None:
    """None when the lines are not of one length."""
    lines = _lines(text)
    width, share = _usual_width(lines)
    if width < _NARROWEST or share < _MOST or len(lines) < _LEAST_LINES:
        return None
    top = next(at for at, line in enumerate(lines) if len(line) == width)
    header = lines[top] if _is_header(lines[top]) else None
    data, around = _framed(lines, top if header is None else top + 1, lambda line: len(line) == width)
    starts = _starts(data[:_LINES_LOOKED_AT], width, header)
    cuts = list(zip(starts, [*starts[1:], width], strict=True))
    cuts = [(start, end) for start, end in cuts if header is not None or any(line[start:end].strip() for line in data)]
    spans = dict(zip(_names(header, cuts), cuts, strict=True))
    return Sniffed(
        sample,
        _form(encoding, spans, around, text),
        (Block(_cells(data, spans)),),
        (f"fixed width, lines of {width} characters, {about_encoding}", f"{len(data):,} rows"),
        ("where fields begin and end was found from blanks; compare 'fields' with the force's list of fields.",),
        is_cut_by_sight=header is None,
    )


def cut_by_list(sample: Sample, text: str, encoding: str, about_encoding: str, listed: FieldList) -> Iterator[Sniffed]:
    """As the force's list says, an extract for each of its sections. Raises `SampleError`."""
    lines = _lines(text)
    filled = [line for line in lines if line.strip()]
    if not filled:
        raise SampleError(f"{sample.name}: has nothing but blanks; ask the force for it again.")
    inner = filled[_MOST_OUTSIDE:-_MOST_OUTSIDE] or filled[1:-1] or filled
    _check_ends(inner, sample, listed)
    place = _record_type(inner, sample, listed)
    is_row = _row_test(inner, place, listed)
    data, around = _framed(lines, next(at for at, line in enumerate(lines) if line.strip() and is_row(line)), is_row)
    for section in listed.sections:
        rows = [line for line in data if not section.values or line[slice(*place)].strip() in section.values]
        kind = f" of the record type {' or '.join(section.values)}" if section.values else ""
        spans = {field.name: (field.first - 1, field.last) for field in section.fields}
        yield Sniffed(
            sample,
            _form(encoding, spans, around, text),
            (_block(rows, spans, place, section),),
            (f"fixed width, cut by {listed.file}, {about_encoding}", f"{len(rows):,} rows{kind}"),
            tuple(_about_unlisted(rows, spans, listed)) if rows else (f"the sample has no row{kind}.",),
            label=" ".join(section.values),
        )


def _lines(text: str) -> list[str]:
    """As the reader parts them."""
    lines = text.replace("\r\n", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]


def _usual_width(lines: Sequence[str]) -> tuple[int, float]:
    """The length of most lines, and the share that has it."""
    lengths = Counter(len(line) for line in lines if line.strip())
    width, times = next(iter(lengths.most_common(1)), (0, 0))
    return width, times / max(1, lengths.total())


def _is_header(line: str) -> bool:
    words = line.strip()
    return " " in words and looks_like_header(re.split(r"\s{2,}|\t", words)) and not re.search(r"\d{4}", words)


def _framed(lines: Sequence[str], first: int, is_row: Callable[[str], bool]) -> tuple[list[str], dict[str, object]]:
    """The lines of data, and what stands around them, as the YAML says it."""
    below = [line for line in lines[first:] if line.strip()]
    marked = [[line] if is_row(line) else [line, ""] for line in below]
    trailer, rows = trailer_of(marked, lambda row: row[0], above=first, width=1)
    return [row[0] for row in rows if len(row) == 1], {**({"lines_above": first} if first else {}), **trailer}


def _form(encoding: str, spans: Spans, around: dict[str, object], text: str) -> dict[str, object]:
    form: dict[str, object] = {
        "type": "fixed_width",
        "encoding": encoding,
        "fields": {name: f"{start + 1}-{end}" for name, (start, end) in spans.items()},
        **around,
    }
    return form if text.endswith(("\n", "\r")) else {**form, "ends_with_newline": False}


def _cells(rows: Sequence[str], spans: Spans) -> dict[str, list[str]]:
    return {name: [line[start:end].strip() for line in rows] for name, (start, end) in spans.items()}


def _check_ends(inner: Sequence[str], sample: Sample, listed: FieldList) -> None:
    """A field beyond the end of all rows is another file's, unless blanks at the ends of rows were taken away."""
    longest = max(map(len, inner), default=0)
    is_padded = any(line.endswith(" ") for line in inner) or len({*map(len, inner)}) == 1
    if listed.last_field.last > longest and is_padded:
        raise SampleError(
            f"{listed.file}, line {listed.last_field.line}: ends at character {listed.last_field.last}, but the rows "
            f"of {sample.name} end at {longest}; give the list that belongs to this file."
        )


def _record_type(inner: Sequence[str], sample: Sample, listed: FieldList) -> tuple[int, int]:
    """Where rows say of which kind they are; all rows are of one where the list has no sections."""
    values = {value for section in listed.sections for value in section.values}
    if not values:
        return 0, 0
    shared = set.intersection(*({(field.first - 1, field.last) for field in each.fields} for each in listed.sections))
    held = {span: sum(line[slice(*span)].strip() in values for line in inner) for span in sorted(shared)}
    place = max(held, key=lambda span: held[span], default=(0, 0))
    if not held.get(place):
        raise SampleError(
            f"{listed.file}, line {listed.sections[0].line}: no field that every section has holds these record types "
            f"in {sample.name}; put the field of the record type above the first section."
        )
    return place


def _row_test(inner: Sequence[str], place: tuple[int, int], listed: FieldList) -> Callable[[str], bool]:
    """Whether a line is data: as long as the inner ones, of a kind met there, digits where all of them have digits."""
    lengths = {*map(len, inner)}
    is_stripped = len(lengths) > len(listed.sections) + 1  # no blanks at line ends: any length may come
    shortest = min(lengths) // 2 if is_stripped else min(lengths)
    longest = max(listed.last_field.last, *lengths)
    kinds = {line[slice(*place)].strip() for line in inner} | {v for each in listed.sections for v in each.values}
    spans = [slice(field.first - 1, field.last) for section in listed.sections for field in section.fields]
    numbers = [
        span
        for span in (spans if len(inner) >= _ENOUGH_LINES else ())
        if all(_DIGITS.fullmatch(line[span].strip()) for line in inner)
    ]

    def is_row(line: str) -> bool:
        return (
            shortest <= len(line) <= longest
            and line[slice(*place)].strip() in kinds
            and all(_DIGITS.fullmatch(line[span].strip()) for span in numbers)
        )

    return is_row


def _block(rows: Sequence[str], spans: Spans, place: tuple[int, int], section: Section) -> Block:
    """The record type is a column only where it has several values: it may be the role."""
    where = {name: list(section.values) for name, span in spans.items() if section.values and span == place}
    columns = {name: span for name, span in spans.items() if name not in where or len(section.values) > 1}
    return Block(_cells(rows, columns), where=where)


def _about_unlisted(rows: Sequence[str], spans: Spans, listed: FieldList) -> Iterator[str]:
    named = {at for span in spans.values() for at in range(*span)}
    others = [at + 1 for at in range(max(map(len, rows))) if at not in named]
    filled = [at for at in others if any(line[at - 1 : at].strip() for line in rows)]
    if filled:
        yield (
            f"{listed.file} leaves out characters that hold text, {len(filled)} between {filled[0]} and {filled[-1]}; "
            "add them to 'fields', with the names that the force gives them."
        )


def _names(header: str | None, cuts: Sequence[tuple[int, int]]) -> list[str]:
    names: list[str] = []
    for number, (start, end) in enumerate(cuts, start=1):
        name = " ".join(header[start:end].split()) if header else ""
        names.append(name if name and name not in names else f"Field {number}")
    return names


def _starts(data: Sequence[str], width: int, header: str | None) -> list[int]:
    blanks = [sum(line[at] == " " for line in data) / max(1, len(data)) for at in range(width)]
    starts = [0]
    for at in range(1, width):
        if header is None:
            begins = blanks[at - 1] >= _OFTEN > blanks[at]
        else:
            after_blank = blanks[at - 1] > 0.02 and blanks[at] < blanks[at - 1] - 0.01
            named = header[at] != " " and header[at - 1] == " "
            apart = blanks[at - 1] >= _OFTEN or not header[max(0, at - 2) : at].strip()
            begins = named and (apart or after_blank)
        if begins:
            starts.append(at)
    return starts
