"""What reading, pseudonymising and loading a delivery costs beside a bare COPY of the same files, and beside others.

Run: `python benchmarks/loading.py` writes benchmarks/loading.md and its picture; `--quick` leaves the ten million rows
and the peers out. Each measurement is a process of its own over a warehouse that is thrown away.
"""

import argparse
import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from statistics import median

import altair as alt
import psycopg
from figures import FOLDER, HOME, Figure, draw, figures_table, keep, machine, peak_mib, peer, table, told
from psycopg import sql
from pydantic import SecretStr

from csae import loading, warehouse
from csae.landing import Delivery, LandedFile, SpooledFile
from csae.local_stack.throwaway import throwaway_warehouse
from csae.pseudonyms import derive_keys
from csae.settings import PROJECT_DIR
from csae.sources import load_source
from csae.synthetic import Plan, write_deliveries

NAME = "loading"
SEED, FORCE, DAY = 20260905, "06", date(2026, 9, 1)
PEOPLE_A_CRIME = 2.24
MILLION = 1_000_000
CURVE = (10_000, 100_000, MILLION)
COPIES = 10
"""Of the million, with references of their own, for the file of ten million."""
RUNS, MOST_TIMES, MOST_MIB = 5, 2.0, 512.0
_BLOCK_BYTES = 1 << 20


def delivery(rows: int) -> list[Path]:
    """The crimes and the people of one delivery with about so many people, generated once."""
    folder = HOME / "data" / f"loading-{rows}"
    if not (folder / "whole").exists():
        if rows > MILLION:
            _multiply(delivery(MILLION), folder / FORCE / DAY.isoformat(), rows // MILLION)
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


def load(url: str, files: Sequence[Path]) -> None:
    """Through the night's own function; prints its seconds and this process's greatest memory."""
    source = load_source(next((PROJECT_DIR / "forces").glob(f"{FORCE}_*.yml")))
    spooled = [_spooled(path) for path in files]
    landed = Delivery(FORCE, DAY, tuple(file.landed for file in spooled))
    with (
        tempfile.TemporaryDirectory() as work,
        warehouse.connect(SecretStr(url), autocommit=True) as connection,
    ):
        warehouse.prepare(connection)
        connection.execute("truncate raw.crime, raw.involvement, ops.load cascade")
        began = time.monotonic()
        outcome = loading.load_spooled(
            connection, Path(work), derive_keys(b"k" * 32), source, source.spec.layouts[-1], landed, spooled, {}
        )
        seconds = time.monotonic() - began
        if outcome.state != "loaded":
            raise RuntimeError(outcome.message)
        (rows,) = connection.execute("select count(*) from raw.involvement").fetchall()[0]
    sys.stdout.write(json.dumps({"seconds": seconds, "mib": peak_mib(), "rows": rows}) + "\n")


def _spooled(path: Path) -> SpooledFile:
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return SpooledFile(LandedFile(str(path), FORCE, DAY, path.name, "", path.stat().st_size), path, sha256)


def ours(url: str, files: Sequence[Path]) -> dict[str, float]:
    found: dict[str, float] = told([sys.executable, "-W", "ignore", __file__, "--load", url, *files])
    return found


def peers(url: str, files: Sequence[Path], bare: float) -> Iterator[Figure]:
    scripts = FOLDER / "peers"
    with tempfile.TemporaryDirectory() as work:
        dlt = peer("dlt", "dlt[postgres]==1.31.0", "pandas==3.1.1", "pyarrow==26.0.1")
        seconds = told([dlt, scripts / "dlt_load.py", url, work, *files])["seconds"]
        yield Figure("dlt 1.31, without pseudonyms", (seconds / bare,), "times COPY")
    pandas = peer("pandas", "pandas==3.1.1", "sqlalchemy==2.1.9", "psycopg2-binary==2.9.13")
    seconds = told([pandas, scripts / "pandas_load.py", url, *files])["seconds"]
    yield Figure("pandas to_sql, without pseudonyms", (seconds / bare,), "times COPY")


def main(arguments: argparse.Namespace) -> int:
    where, curve, figures = machine(), [], []
    with throwaway_warehouse() as secret:
        url = secret.get_secret_value()
        for rows in CURVE:
            files = delivery(rows)
            runs = [(copy_bare(url, files), ours(url, files)) for _ in range(RUNS)]
            bare, loaded = median(run[0] for run in runs), median(run[1]["seconds"] for run in runs)
            curve += [{"rows": rows, "seconds": bare, "by": "bare COPY"}]
            curve += [{"rows": rows, "seconds": loaded, "by": "read, pseudonymise, load"}]
            if rows == MILLION:
                ratios = tuple(run["seconds"] / seconds for seconds, run in runs)
                figures += [Figure("read, pseudonymise and load 1M people", ratios, "times COPY", MOST_TIMES, why=WHY)]
                figures += [Figure("the same, memory", tuple(run["mib"] for _, run in runs), "MiB", MOST_MIB)]
                if not arguments.quick:
                    figures += peers(url, files, bare)
        if not arguments.quick:
            great = ours(url, delivery(MILLION * COPIES))
            curve += [{"rows": MILLION * COPIES, "seconds": great["seconds"], "by": "read, pseudonymise, load"}]
            figures += [Figure("memory for 10M people", (great["mib"],), "MiB", MOST_MIB)]
    keep(NAME, figures)
    draw(
        curve,
        FOLDER / f"{NAME}.svg",
        "Loading a delivery: seconds by its people",
        alt.X("rows:Q", title="people on crimes", scale=alt.Scale(type="log")),
        alt.Y("seconds:Q", title="seconds", scale=alt.Scale(type="log")),
        "by",
    )
    rows = [(f"{point['rows']:,}", str(point["by"]), f"{point['seconds']:.2f}") for point in curve]
    text = REPORT.format(
        machine=where, figures=figures_table(figures), curve=table(rows, "people", "what", "seconds"), runs=RUNS
    )
    (FOLDER / f"{NAME}.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


WHY = (
    "Reading, mapping and 20 tokens a person are some 18 s of one processor, and five times the bytes of the file "
    "go to the warehouse: its COPY of those alone takes more than twice a COPY of the file"
)
REPORT = """# What loading costs

{machine}

One delivery of a force as pipes-delimited text: a file of crimes and one of people. Bare COPY puts both files as they
are into two tables of text. Ours reads them strictly, maps their columns, makes 20 keyed tokens a person, counts what
drift looks for, and loads all of it in one transaction with its ledger. {runs} runs of each, one after the other.

{figures}

## By size

{curve}

![Seconds by rows](loading.svg)
"""


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without ten million rows and peers")
    parser.add_argument("--load", nargs="+", metavar="URL FILE", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    given = read_arguments()
    if given.load:
        load(given.load[0], [Path(name) for name in given.load[1:]])
        sys.exit(0)
    sys.exit(main(given))
