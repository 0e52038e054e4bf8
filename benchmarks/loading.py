"""What reading, pseudonymising and loading a delivery costs beside a bare COPY of the same files, and beside others.

Run: `python benchmarks/loading.py` writes benchmarks/loading.md and its picture; `--only-ours` leaves the peers out.
Each measurement is a process of its own over a warehouse that is thrown away.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import altair as alt
import psycopg
from copied_rows import spooled_file
from figures import FOLDER, HOME, Figure, draw, figures_table, keep, machine, parser, peak_mib, peer, table, told
from psycopg import sql
from pydantic import SecretStr

from csae import loading, warehouse
from csae.landing import Delivery
from csae.local_stack.throwaway import throwaway_warehouse
from csae.pseudonyms import derive_keys
from csae.settings import PROJECT_DIR
from csae.sources import load_source
from csae.synthetic import Plan, write_deliveries

NAME = "loading"
SEED, FORCE, DAY = 20260905, "06", date(2026, 9, 1)
PEOPLE_A_CRIME = 2.24
COPIES = 10
"""Of the largest generated delivery, with references of their own, for the great file."""
MOST_TIMES, MOST_MIB = 2.0, 512.0
_BLOCK_BYTES = _MIB = 1 << 20


@dataclass(frozen=True)
class Scale:
    curve: tuple[int, ...]
    """People of each delivery; the last is what is held against COPY."""
    runs: int
    peer_runs: int

    @property
    def rows(self) -> int:
        return self.curve[-1]


FULL = Scale((10_000, 100_000, 1_000_000), runs=5, peer_runs=2)
SMALL = Scale((1_000, 10_000, 40_000), runs=2, peer_runs=1)
PARTS = {
    "read_extract": "reading",
    "map_batch": "mapping",
    "pseudonymise_crimes": "tokens",
    "pseudonymise_people": "tokens",
    "copy_table": "writing CSV, and COPY in the warehouse (beside the rest)",
}
"""Functions of `csae.loading`, by what they do."""


def delivery(rows: int, of: int = 0) -> list[Path]:
    """The crimes and the people of one delivery with about so many people, generated once; or copies of `of` people."""
    folder = HOME / "data" / f"loading-{rows}"
    if not (folder / "whole").exists():
        if of:
            _multiply(delivery(of), folder / FORCE / DAY.isoformat(), rows // of)
        else:
            crimes = round(rows / PEOPLE_A_CRIME)
            write_deliveries(Plan(seed=SEED, crimes=crimes, nights=1, first_night=DAY, forces=(FORCE,)), folder)
        (folder / "whole").touch()
    return sorted(folder.glob(f"{FORCE}/*/*"))


def _multiply(files: Sequence[Path], folder: Path, times: int) -> None:
    """Each copy under references of its own; names and dates repeat, as they do in life."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in files:
        with (folder / path.name).open("wb") as out:
            header, _, body = path.read_bytes().partition(b"\n")
            out.write(header + b"\n")
            for copy in range(times):
                out.write(body.replace(b"06A1/", b"06%c1/" % (65 + copy)).replace(b"|N", b"|N%d" % copy))


def copy_bare(url: str, files: Sequence[Path]) -> float:
    """Seconds of COPY into tables of text, in one transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        for number, path in enumerate(files):
            header = path.open(encoding="cp1252").readline().strip().split("|")
            columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in header)
            name = sql.Identifier(f"bare_{number}")
            connection.execute(sql.SQL("drop table if exists {}").format(name))
            connection.execute(sql.SQL("create table {} ({})").format(name, columns))
        began = time.monotonic()
        with connection.transaction(), connection.cursor() as cursor:
            for number, path in enumerate(files):
                statement = sql.SQL("copy {} from stdin (format csv, delimiter '|', header, encoding 'WIN1252')")
                with cursor.copy(statement.format(sql.Identifier(f"bare_{number}"))) as copy, path.open("rb") as text:
                    while block := text.read(_BLOCK_BYTES):
                        copy.write(block)
        return time.monotonic() - began


def load(url: str, files: Sequence[Path], *, is_profiled: bool) -> None:
    """Through the night's own function; prints its seconds and this process's greatest memory."""
    source = load_source(next((PROJECT_DIR / "forces").glob(f"{FORCE}_*.yml")))
    spooled = [spooled_file(path, FORCE, DAY) for path in files]
    landed = Delivery(FORCE, DAY, tuple(file.landed for file in spooled))
    parts: dict[str, float] = {}
    with (
        tempfile.TemporaryDirectory() as work,
        warehouse.connect(SecretStr(url), autocommit=True) as connection,
        ExitStack() as patches,
    ):
        warehouse.prepare(connection)
        connection.execute("truncate raw.crime, raw.involvement, ops.load cascade")
        for name, part in PARTS.items() if is_profiled else ():
            patches.enter_context(patch.object(loading, name, timed(getattr(loading, name), parts, part)))
        began = time.monotonic()
        outcome = loading.load_spooled(
            connection, Path(work), derive_keys(b"k" * 32), source, source.spec.layouts[-1], landed, spooled, {}
        )
        seconds = time.monotonic() - began
        if outcome.state != "loaded":
            raise RuntimeError(outcome.message)
        (rows,) = connection.execute("select count(*) from raw.involvement").fetchall()[0]
        mib = peak_mib()
        again = copy_again(connection) if is_profiled else None
    found = {"seconds": seconds, "mib": mib, "rows": rows, "parts": parts, "again": again}
    sys.stdout.write(json.dumps(found) + "\n")


def copy_again(connection: warehouse.Connection) -> dict[str, float]:
    """Seconds and MiB of a COPY of the rows that were loaded into the same tables: the least for any loader of them."""
    seconds, size = 0.0, 0
    for kind in ("crime", "involvement"):
        name = sql.Identifier("raw", kind)
        with connection.cursor() as cursor, cursor.copy(sql.SQL("copy {} to stdout").format(name)) as copy:
            rows = [bytes(block) for block in copy]
        connection.execute(sql.SQL("truncate {} cascade").format(name))
        began = time.monotonic()
        with connection.cursor() as cursor, cursor.copy(sql.SQL("copy {} from stdin").format(name)) as copy:
            for row in rows:
                copy.write(row)
        seconds += time.monotonic() - began
        size += sum(map(len, rows))
    return {"seconds": seconds, "mib": size / _MIB}


def timed(function: Callable[..., Any], parts: dict[str, float], part: str) -> Callable[..., Any]:
    """The function, with its seconds added to its part; of one that gives batches, those until each batch."""

    def batches(found: Iterator[Any]) -> Iterator[Any]:
        while True:
            began = time.perf_counter()
            batch = next(found, None)
            parts[part] = parts.get(part, 0.0) + time.perf_counter() - began
            if batch is None:
                return
            yield batch

    def run(*values: Any, **named: Any) -> Any:
        began = time.perf_counter()
        found = function(*values, **named)
        parts[part] = parts.get(part, 0.0) + time.perf_counter() - began
        return batches(found) if isinstance(found, Iterator) else found

    return run


def ours(url: str, files: Sequence[Path], *options: str) -> dict[str, Any]:
    found: dict[str, Any] = told([sys.executable, "-W", "ignore", __file__, *options, "--load", url, *files])
    return found


def peers(url: str, files: Sequence[Path], bare: float, runs: int) -> Iterator[Figure]:
    scripts = FOLDER / "peers"
    dlt = peer("dlt", "dlt[postgres]==1.31.0", "pandas==3.1.1", "pyarrow==26.0.1")
    pandas = peer("pandas", "pandas==3.1.1", "sqlalchemy==2.1.9", "psycopg2-binary==2.9.13")

    def dlt_alone() -> float:
        with tempfile.TemporaryDirectory() as work:
            return float(told([dlt, scripts / "dlt_load.py", url, work, *files])["seconds"]) / bare

    def pandas_alone() -> float:
        return float(told([pandas, scripts / "pandas_load.py", url, *files])["seconds"]) / bare

    yield Figure("dlt 1.31, without pseudonyms", tuple(dlt_alone() for _ in range(runs)), "times COPY")
    yield Figure("pandas to_sql, without pseudonyms", tuple(pandas_alone() for _ in range(runs)), "times COPY")


def profile_of(run: dict[str, Any]) -> list[tuple[str, float]]:
    """Seconds by part; the rest is what runs in none of them, with waiting for COPY."""
    parts = dict.fromkeys(PARTS.values(), 0.0) | run["parts"]
    beside = PARTS["copy_table"]
    rest = run["seconds"] - sum(seconds for part, seconds in parts.items() if part != beside)
    return [*parts.items(), ("the rest: counting for drift, waiting for COPY", rest), ("all of it", run["seconds"])]


def why(run: dict[str, Any], bare: float, files: Sequence[Path]) -> str:
    told_parts = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in profile_of(run))
    delivered = sum(path.stat().st_size for path in files) / _MIB
    return (
        f"A bare COPY takes {bare:.1f} s for {delivered:,.0f} MiB; of the rows as we load them, with their tokens, "
        f"it takes {run['again']['seconds']:.1f} s for {run['again']['mib']:,.0f} MiB; of ours {told_parts}"
    )


def million(rows: int) -> str:
    return f"{rows / 1e6:g}M" if rows >= 1_000_000 else f"{rows:,}"


def main(arguments: argparse.Namespace) -> int:
    size, scale = arguments.size, arguments.size.of(FULL, SMALL)
    where, curve, figures, great_rows = machine(), [], list[Figure](), scale.rows * COPIES
    with throwaway_warehouse() as secret:
        url = secret.get_secret_value()
        for rows in scale.curve:
            files = delivery(rows)
            runs = [(copy_bare(url, files), ours(url, files)) for _ in range(scale.runs)]
            bare, loaded = median(run[0] for run in runs), median(run[1]["seconds"] for run in runs)
            curve += [{"rows": rows, "seconds": bare, "by": "bare COPY"}]
            curve += [{"rows": rows, "seconds": loaded, "by": "read, pseudonymise, load"}]
        profiled = ours(url, files, "--profile")
        ratios = tuple(run["seconds"] / seconds for seconds, run in runs)
        what = f"read, pseudonymise and load {million(scale.rows)} people"
        figures += [Figure(what, ratios, "times COPY", MOST_TIMES, why=why(profiled, bare, files))]
        figures += [Figure("the same, memory", tuple(run["mib"] for _, run in runs), "MiB", MOST_MIB)]
        if not arguments.only_ours:
            figures += peers(url, files, bare, scale.peer_runs)
        great = ours(url, delivery(great_rows, scale.rows))
        curve += [{"rows": great_rows, "seconds": great["seconds"], "by": "read, pseudonymise, load"}]
        figures += [Figure(f"memory for {million(great_rows)} people", (great["mib"],), "MiB", MOST_MIB)]
    keep(size, NAME, where, figures)
    draw(
        curve,
        size.folder / f"{NAME}.svg",
        "Loading a delivery: seconds by its people",
        alt.X("rows:Q", title="people on crimes", scale=alt.Scale(type="log")),
        alt.Y("seconds:Q", title="seconds", scale=alt.Scale(type="log")),
        "by",
    )
    text = REPORT.format(
        machine=where,
        figures=figures_table(figures),
        profile=table([(part, f"{seconds:.1f}") for part, seconds in profile_of(profiled)], "part", "seconds"),
        curve=table(
            [(f"{point['rows']:,}", str(point["by"]), f"{point['seconds']:.2f}") for point in curve],
            "people", "what", "seconds",
        ),
        rows=million(scale.rows),
    )  # fmt: skip
    size.report(NAME, text)
    return 0


REPORT = """# What loading costs

{machine}

One delivery of a force as pipes-delimited text: a file of crimes and one of people. Bare COPY puts both files as they
are into two tables of text. Ours reads them strictly, maps their columns, makes 20 keyed tokens a person, counts what
drift looks for, and loads all of it in one transaction with its ledger. Runs are made one after the other, of COPY and
of ours in turn. dlt and pandas load the same files, each from an environment of its own.

{figures}

## Where the time goes

One more run of {rows} people, its parts timed. COPY runs in a thread of its own while the next rows are made.

{profile}

## By size

{curve}

![Seconds by rows](loading.svg)
"""


def read_arguments() -> argparse.Namespace:
    options = parser(__doc__)
    options.add_argument("--only-ours", action="store_true", help="without the peers")
    options.add_argument("--load", nargs="+", metavar="URL FILE", help=argparse.SUPPRESS)
    options.add_argument("--profile", action="store_true", help=argparse.SUPPRESS)
    return options.parse_args()


if __name__ == "__main__":
    given = read_arguments()
    if given.load:
        load(given.load[0], [Path(name) for name in given.load[1:]], is_profiled=given.profile)
        sys.exit(0)
    sys.exit(main(given))
