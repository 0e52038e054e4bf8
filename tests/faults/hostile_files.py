"""Hostile and broken files, and a night in which one force sends them and the others send what they always do."""

import gzip
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import xlsxwriter

from faults.bench import Bench
from faults.world import CANARY, FIRST_DAY

_HEAD = """
source: "{code}"
name: Force {code}
status: live
owner: {{team: Data quality, contact: data@force.example}}
delivery: {{mode: delta, due: "daily 03:00"}}
bounds: {{crimes: {{min: {fewest}}}, max_quarantined_share: 0.5}}
layouts:
  - valid_from: 2026-01-01{archive}
    extracts:
      crimes:
        files: "{files}"
        format: {form}
        crime:
          columns:
            crime_ref: {{from: Crime, required: true}}
            recorded_on: {{from: Recorded, date: yyyy-mm-dd, required: true}}
            offence_title: Title
            record_status: {{value: live}}
"""
_CSV = '{type: delimited, delimiter: ",", encoding: utf-8}'


@dataclass(frozen=True)
class Kind:
    """A force, by what it sends."""

    code: str
    files: str
    form: str
    archive: str = ""
    fewest: int = 1

    @property
    def spec(self) -> str:
        return _HEAD.format(code=self.code, files=self.files, form=self.form, archive=self.archive, fewest=self.fewest)


CSV = Kind("01", "crimes*.csv", _CSV)
WINDOWS = Kind("03", "crimes*.csv", '{type: delimited, delimiter: ",", encoding: cp1252}')
ARCHIVE = Kind("04", "crimes*.csv", _CSV, '\n    archive: "night*.zip"')
PACKED = Kind("05", "crimes*.csv.gz", _CSV)
WORKBOOK = Kind("06", "crimes*", "{type: workbook, sheet: CSAE}")
XML = Kind("07", "crimes*.xml", '{type: xml, row: Crime, row_count: "@crimes"}')
LINES = Kind("10", "crimes*.ndjson", "{type: ndjson}")
DOCUMENT = Kind("11", "crimes*.json", "{type: json}")
FIXED = Kind(
    "12", "crimes*.txt", "{type: fixed_width, encoding: utf-8, fields: {Crime: 1-12, Recorded: 13-22, Title: 23-40}}"
)
COUNTED = Kind("13", "crimes*.csv", _CSV.replace("utf-8", 'utf-8, trailer: {row_count: "rows: (\\\\d+)"}'))
NIL = Kind("14", "crimes*.csv", _CSV, fewest=0)
BYSTANDER = Kind("93", "crimes*.csv", _CSV)
KINDS = (CSV, WINDOWS, ARCHIVE, PACKED, WORKBOOK, XML, LINES, DOCUMENT, FIXED, COUNTED, NIL, BYSTANDER)
HEADER = "Crime,Recorded,Title"


def row(number: int, title: str = "theft") -> str:
    return f"{CANARY}{number},2026-08-01,{title}"


def table(*rows: str, header: str = HEADER) -> bytes:
    return "".join(f"{line}\n" for line in (header, *(rows or (row(1), row(2))))).encode()


@dataclass(frozen=True)
class Load:
    state: str
    reason_code: str | None
    reason: str | None
    crimes: int | None


WAITING = Load("waiting", "waiting for its files", None, None)
"""An archive without the file that the force sends in it may yet be followed by one that has it."""


class Hostile:
    """A bench whose forces send other formats than those of its world."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._forces = bench.folder / "hostile forces"
        self._forces.mkdir(exist_ok=True)
        for kind in KINDS:
            (self._forces / f"{kind.code}_force.yml").write_text(kind.spec)
        self._days: dict[str, int] = {}
        self.send(BYSTANDER, "crimes.csv", table(row(1), row(2), row(3)))

    def send(self, kind: Kind, name: str, content: bytes) -> str:
        """For a day of its own; that day."""
        number = self._days[kind.code] = self._days.get(kind.code, -1) + 1
        day = str(FIRST_DAY + timedelta(days=number))
        self.bench.s3.put_object(Bucket=self.bench.bucket, Key=f"{kind.code}/{day}/{name}", Body=content)
        return day

    def night(self, *, gate: bool = False) -> dict[str, Any]:
        """Whatever is sent, the night comes to its end, the bystander is loaded, and nothing leaks or is left."""
        order = replace(self.bench.order(gate=gate), forces_dir=str(self._forces))
        outcomes = self.bench.night(order)
        assert outcomes is not None, f"the night broke off; see {self.bench.log}"
        failed = {code: outcome for code, outcome in outcomes.items() if isinstance(outcome, str)}
        assert not failed, "a step failed that should have refused a file"
        assert self.load(BYSTANDER) == Load("accepted" if gate else "loaded", None, None, 3)
        left = [path for path in (self.bench.folder / "home" / "spool").rglob("*") if path.is_file()]
        assert not left, "a copy was left in the spool folder"
        self.bench.check_no_leak()
        return dict(outcomes)

    def load(self, kind: Kind, day: str = str(FIRST_DAY)) -> Load:
        rows = self.bench.rows(
            f"""
            select l.state, l.reason_code, l.reason, l.crimes_read,
                (select count(*) from raw.crime as c where c.load_id = l.load_id)
            from ops.load as l where l.source = '{kind.code}' and l.delivery_on = '{day}'
            """
        )
        if not rows:
            return WAITING
        ((state, code, reason, crimes, found),) = rows
        assert found == (crimes or 0), "rows and their count differ"
        return Load(state, code, reason, crimes)

    def refused(self, sent: Mapping[str, tuple[Kind, str, bytes]]) -> dict[str, Load]:
        """Send all, each for a day of its own, in one night: what became of each, by its name."""
        days = {title: self.send(*what) for title, what in sent.items()}
        self.night()
        found = {title: self.load(sent[title][0], day) for title, day in days.items()}
        for title, load in found.items():
            assert load.state in {"rejected", "loaded", "duplicate", "waiting"}, f"{title}: {load.state}"
            assert (load.state in {"rejected", "waiting"}) == (load.reason_code is not None), title
        return found

    def notices(self, kind: Kind, day: str = str(FIRST_DAY)) -> dict[str, str]:
        """By code, what the operator is told of a load."""
        found = self.bench.rows(
            f"select n.code, n.message from ops.load_notice as n inner join ops.load as l using (load_id) "
            f"where l.source = '{kind.code}' and l.delivery_on = '{day}' order by n.code"
        )
        return dict(found)


def reasons(loads: Mapping[str, Load]) -> dict[str, str | None]:
    return {title: load.reason_code for title, load in loads.items()}


# Archives


def zipped(members: Mapping[str, bytes] | Sequence[tuple[str, bytes]]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items() if isinstance(members, Mapping) else members:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def zeros(length: int) -> bytes:
    return b"0" * length


def lying(data: bytes, said: int) -> bytes:
    """An archive that says that its member has fewer bytes than come out, with the checksum of those that it says."""
    content = bytearray(zipped({"crimes.csv": data}))
    checksum = struct.pack("<I", zlib.crc32(data[:said]))
    for mark, at in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        place = content.index(mark) + at
        content[place : place + 4] = checksum
        content[place + 8 : place + 12] = struct.pack("<I", said)
    return bytes(content)


def linked(target: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        link = zipfile.ZipInfo("crimes.csv")
        link.create_system = 3
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, target)
    return content.getvalue()


def encrypted(content: bytes) -> bytes:
    at = content.index(b"PK\x01\x02")
    return content[: at + 8] + b"\x01" + content[at + 9 :]


def huge_directory(entries: int) -> bytes:
    """A directory of so many entries that all are the same member: few bytes each, and an object each once read."""
    content = zipped({"c": b"x"})
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    directory = content[start:end] * entries
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries & 0xFFFF, entries & 0xFFFF, len(directory), start, 0)
    return content[:start] + directory + tail


# Workbooks and documents


def workbook(*rows: Sequence[object], header: str = HEADER) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("CSAE")
        for at, cells in enumerate((header.split(","), *(rows or [row(1).split(","), row(2).split(",")]))):
            sheet.write_row(at, 0, cells)
    return content.getvalue()


def with_part(content: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """The archive with a part changed, packed again as it should be."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {item.filename: archive.read(item) for item in archive.infolist()}
    assert old in parts[name]
    return zipped({**parts, name: parts[name].replace(old, new)})


def xml(inside: str = "", *, before: str = "", crimes: int = 1) -> str:
    each = f"<Crime><Crime>{CANARY}1</Crime><Recorded>2026-08-01</Recorded><Title>theft{inside}</Title></Crime>"
    return f'{before}<E crimes="{crimes}">{each * crimes}</E>'


ENTITIES = "".join(f'<!ENTITY e{at} "{f"&e{at - 1};" * 10}">' for at in range(1, 9))
ENTITY_BOMB = f'<!DOCTYPE E [<!ENTITY e0 "{CANARY * 10}">{ENTITIES}]>'
OUTSIDE = '<!DOCTYPE E [<!ENTITY e8 SYSTEM "file:///etc/passwd">]>'


def gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


PEAK = """
import sys
from pathlib import Path
from csae.readers import ExtractError, read_extract
from csae.sources.model import Extract
extract = Extract.model_validate_json(sys.argv[2])

def peak():
    # Not ru_maxrss, which begins with the peak of the process that started this one.
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1])

before = peak()
rows = 0
try:
    for batch in read_extract(Path(sys.argv[1]), "crimes.csv", extract):
        rows += batch.rows
    print("read", rows, peak() - before)
except ExtractError as error:
    print(error.reason_code, rows, peak() - before)
"""
"""A program that reads a file: how it ended, how many rows it gave, and how many KiB more it took at its peak."""


def sparse(path: Path, length: int, head: bytes = b"", tail: bytes = b"\n", letter: bytes = b"A") -> Path:
    with path.open("wb") as stream:
        stream.write(head)
        for _ in range(length >> 20):
            stream.write(letter * (1 << 20))
        stream.write(tail)
    return path
