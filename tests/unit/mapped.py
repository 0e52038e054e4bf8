"""What the tests of the mapping share: a table of a force's columns in, the dataset's columns out."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from csae.mapping import map_batch
from csae.readers.tables import Batch, text_frame
from csae.sources.columns import CANONICAL_COLUMNS, RecordKind
from csae.sources.model import Source

Values = list[str | None]
DELIMITED = {"type": "delimited", "delimiter": "|", "encoding": "utf-8"}
CRIMES = {"files": "CRIME*", "format": DELIMITED, "crime": {"columns": {"crime_ref": "Ref"}}}


def mapped(
    extract: dict[str, Any], *, tables: Sequence[pl.DataFrame] = (), **frames: pl.DataFrame
) -> dict[RecordKind, pl.DataFrame]:
    """The extract's tables, `crime` and `involvement`, or the one that a flat file has for both, as the dataset's.

    `tables` are those of several places with people.
    """
    spec = Source.model_validate(
        {
            "source": "43",
            "name": "Testshire Police",
            "status": "live",
            "owner": {"team": "Data team", "contact": "data@testshire.example"},
            "delivery": {"mode": "delta"},
            "maps": {"yes_no": {"Y": "true", "N": "false"}},
            "layouts": [{"valid_from": "2026-01-01", "extracts": {"crimes": CRIMES, "tested": extract}}],
        }
    )
    tested = spec.layouts[0].extracts["tested"]
    given = [
        frames[kind] if kind in frames else frames["flat"] for kind in tested.kinds if kind in frames or not tables
    ]
    return map_batch(Batch((*given, *tables)), tested, spec)


def column(name: str, spec: dict[str, Any], **values: Values) -> Values:
    """What becomes of the file's columns in the dataset's column `name`; `From` is where it comes from."""
    kind = next(kind for kind, names in CANONICAL_COLUMNS.items() if name in names)
    height = len(next(iter(values.values())))
    frame = text_frame({"Ref": ["1"] * height, **values}, range(2, height + 2))
    record = {"columns": {"crime_ref": "Ref", name: {"from": "From", **spec}}}
    return mapped({"files": "*", "format": DELIMITED, kind: record}, flat=frame)[kind][name].to_list()
