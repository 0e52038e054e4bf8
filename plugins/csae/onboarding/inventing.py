"""Examples for a draft: pick lists as the force writes them, everything of a person or a reference made up."""

import random
import string
from collections.abc import Mapping
from datetime import date, timedelta

import polars as pl

from csae.mapping import map_batch
from csae.onboarding.drafting import Draft, Extract, Record
from csae.onboarding.profiles import Profile
from csae.readers.tables import CRIME_ROW_NUMBER, ROW_NUMBER, VALUE_SEPARATOR, Batch
from csae.sources.columns import DATE_COLUMNS, RecordKind
from csae.sources.dates import EXCEL
from csae.sources.model import Extract as ExtractSpec
from csae.sources.model import Source

_SURNAMES = ("Sampleton", "Specimenby", "Examplewood", "Madeupham")
_FORENAMES = ("Testa", "Demo", "Samplina", "Exemplar")
_SHOWN = (
    *("role", "sex", "self_defined_ethnicity", "nationalities", "observed_ethnicity", "home_office_code", "cjs_code"),
    *("outcome_code", "is_online", "is_group_based", "is_child_abuse_flagged", "record_status", "status"),
    *("offence_title", "offence_category"),
)
_MOST_EXAMPLES = 2
_MOST_GIVEN = 7
_SURE = 0.9
"""Cells are shown only of a column whose values were recognised: of another they could be anything."""


def invent_examples(draft: Draft, source: Source) -> list[dict[str, object]]:
    """One a kind of record, at most two; `source` is the draft without them, whose functions make the expected."""
    examples: list[dict[str, object]] = []
    seen: set[RecordKind] = set()
    for extract in draft.extracts:
        spec = source.layouts[-1].extracts[extract.name]
        for record in extract.records:
            if record.kind in seen or len(examples) == _MOST_EXAMPLES:
                continue
            given = _given(extract, record)
            expected = _expected(given, record.kind, spec, source)
            if expected:
                seen.add(record.kind)
                named = {"record": record.kind} if len(spec.kinds) > 1 else {}
                examples.append({"extract": extract.name, **named, "given": given, "expect": expected})
    return examples


def _given(extract: Extract, record: Record) -> dict[str, str]:
    """A row by the force's columns; what two of the dataset's columns are made of is given once."""
    given: dict[str, str] = {column: values[0] for column, values in record.guess.block.where.items()}
    cells = {name: values for guess in extract.guess.records for name, values in guess.block.columns.items()}
    dice = random.Random(2026)  # noqa: S311 - equal samples give equal drafts
    for name, column in record.columns.items():
        origin = column.spec.get("from")
        if not isinstance(origin, str) or origin in given or len(given) > _MOST_GIVEN:
            continue
        profile = Profile(origin, cells.get(origin, []))
        if not profile.values:
            continue
        if name in DATE_COLUMNS:
            if name in ("recorded_on", "date_of_birth", "identified_on"):
                given[origin] = _day(profile, born=name == "date_of_birth")
        elif name in ("surname", "forenames"):
            given[origin] = _name(profile, column.spec, name)
        elif name in ("crime_ref", "person_ref", "case_ref", "pnc_id"):
            given[origin] = _shaped(profile, dice)
        elif (
            name in _SHOWN
            and column.match
            and column.match.finding.fits >= _SURE
            and (profile.filled > 0.3 or name in ("self_defined_ethnicity", "nationalities"))
        ):
            given[origin] = _usual(profile)
    return given


def _usual(profile: Profile) -> str:
    """The most common cell of a pick list; many cells' is nobody's in particular."""
    common = profile.counts.most_common(1)[0]
    return common[0] if common[1] > 1 or len(profile.counts) < 25 else ""


def _day(profile: Profile, *, born: bool) -> str:
    """A day that no cell has, in the column's format."""
    days = profile.days
    form = days.formats[0] if days else "yyyy-mm-dd"
    day = date(2001, 2, 3) if born else date(2026, 8, 14)
    taken = set(profile.values)
    while (text := _written(day, form)) in taken:
        day += timedelta(days=1 if not born else 17)
    return text


def _written(day: date, form: str) -> str:
    if form == EXCEL:
        return str((day - date(1899, 12, 30)).days)
    head, mark, _ = form.replace(" hh", "\0hh").replace("Thh", "\0hh").partition("\0")
    text = head
    for part, code in (("yyyy", "%Y"), ("month", "%B"), ("mon", "%b"), ("mm", "%m"), ("dd", "%d")):
        text = text.replace(part, day.strftime(code)) if part != "mm" or "mon" not in head else text
    if mark:
        time = form[len(head) + 1 :].replace("hh:mm", "10:30").replace(":ss", ":00")
        text += form[len(head)] + time
    return text


def _name(profile: Profile, spec: Mapping[str, object], part: str) -> str:
    surname = next(name for name in _SURNAMES if not any(name.lower() in value.lower() for value in profile.counts))
    forename = next(name for name in _FORENAMES if not any(name.lower() in value.lower() for value in profile.counts))
    upper = profile.share(r"[^a-z]+") > 0.9
    if spec.get("split") == ",":
        first = surname.upper() if profile.share(r"[^a-z]+,.*") > 0.9 else surname
        text = f"{first}, {forename.upper() if upper else forename}"
    elif spec.get("split") == " ":
        text = f"{forename} {surname}"
    else:
        text = surname if part == "surname" else forename
        text = text.upper() if upper else text
    return text


def _shaped(profile: Profile, dice: random.Random) -> str:
    """A reference of the column's shape that no cell has; what all cells share in one place is kept."""
    model = max(profile.counts, key=lambda value: (len(value), value))
    alike = [value for value in profile.counts if len(value) == len(model)]
    fixed = [len({value[at] for value in alike}) == 1 and len(alike) > 5 for at in range(len(model))]
    for _ in range(1000):
        text = "".join(
            character
            if keep or not character.isalnum()
            else dice.choice(
                string.digits[1:]
                if character.isdigit()
                else string.ascii_uppercase
                if character.isupper()
                else string.ascii_lowercase
            )
            for character, keep in zip(model, fixed, strict=True)
        )
        if text not in profile.counts:
            return text
    return "".join("9" if character.isdigit() else character for character in model) + "9"


def _expected(given: Mapping[str, str], kind: RecordKind, extract: ExtractSpec, source: Source) -> dict[str, object]:
    """What the draft's own functions make of the row."""
    frames = []
    for place, (own, record) in enumerate(extract.records):
        names = dict.fromkeys(record.source_columns if extract.is_nesting else extract.source_columns())
        meant = own == kind or not extract.is_nesting
        meant = meant and all(given.get(name, "") in values for name, values in record.where.items())
        frame = pl.DataFrame({name: [given.get(name, "")] for name in names}, schema=dict.fromkeys(names, pl.String()))
        frame = frame.with_columns(pl.lit(place, pl.Int64()).alias(ROW_NUMBER))
        if record.each or (own == "involvement" and len(extract.involvement) > 1):
            frame = frame.with_columns(pl.lit(0, pl.Int64()).alias(CRIME_ROW_NUMBER))
        frames.append(frame if meant else frame.clear())
    table = map_batch(Batch(tuple(frames)), extract, source)[kind]
    if table.is_empty():
        return {}
    row = table.row(0, named=True)
    shown = [name for name in row if name in (*_SHOWN, "recorded_on", "date_of_birth") and row[name]]
    return {name: _shown(row[name]) for name in shown}


def _shown(text: str) -> object:
    if text.startswith('["'):
        values: list[str] = [str(item) for item in pl.Series([text]).str.json_decode(pl.List(pl.String())).to_list()[0]]
        return values
    return text.replace(VALUE_SEPARATOR, " | ")
