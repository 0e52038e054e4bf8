"""The machine that fault runs are made on: a real PostgreSQL and object store, the proxies, and the workers."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
from pydantic import SecretStr

from csae import warehouse
from csae.local_stack import Stack, ensure_running, postgres, processes, stop
from faults.database_proxy import DatabaseProxy
from faults.oracle import Entry, Oracle, Row
from faults.store_proxy import StoreProxy
from faults.worker import Order, Strike
from faults.world import CANARY, Put, specs
from integration import nights, stacks

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

TESTS = Path(__file__).resolve().parents[1]
PYTHONPATH = os.pathsep.join([str(TESTS.parent / "plugins"), str(TESTS)])
FAKETIME = next(iter(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
_TABLES = """
    select string_agg(format('%I.%I', schemaname, tablename), ', ') from pg_tables where schemaname in ('raw', 'ops')
"""


class Workers:
    """Forks nights on demand; all of them see the same clock."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as stream:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "faults.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                text=True,
                env={**os.environ, "PYTHONPATH": PYTHONPATH, "OPENBLAS_NUM_THREADS": "1", **environment},
            )
        self._lock = threading.Lock()

    def start(self, order: Order) -> int:
        return int(self._ask({"do": "start", "order": order.__dict__})["pid"])

    def wait(self, pid: int, seconds: float) -> int | None:
        """How it ended, as `Popen.returncode`; None when it has not."""
        deadline = time.monotonic() + seconds
        while (code := self._ask({"do": "poll", "pid": pid})["code"]) is None and time.monotonic() < deadline:
            time.sleep(0.01)
        return code

    def close(self) -> None:
        """Let the process end, with what still runs below it."""
        try:
            self._process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            processes.end([psutil.Process(self._process.pid)], ((signal.SIGKILL, 5.0),))
            self._process.communicate()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            assert self._process.stdin
            assert self._process.stdout
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        assert line, "the workers' process ended; see worker.log below the bench's home"
        return dict(json.loads(line))


@dataclass
class Bench:
    """One home. `reset` before each run."""

    stack: Stack
    folder: Path
    store: StoreProxy
    database: DatabaseProxy
    workers: Workers
    bucket: str = ""
    skewed: dict[str, Workers] = field(default_factory=dict)
    _number: int = 0

    @property
    def url(self) -> SecretStr:
        """Past the proxy: for looking."""
        return SecretStr(self.stack.warehouse_url)

    @property
    def s3(self) -> "S3Client":
        return stacks.s3(self.stack)

    @property
    def log(self) -> Path:
        return self.folder / "worker.log"

    def reset(self) -> None:
        """An empty warehouse, an empty bucket, an empty spool folder, and no plans."""
        self.store.plan()
        self.database.plan(None)
        with psycopg.connect(self.stack.warehouse_url, autocommit=True) as connection:
            row = connection.execute(_TABLES).fetchone()
            assert row
            connection.execute(f"truncate {row[0]} restart identity cascade")
        shutil.rmtree(self.folder / "home" / "spool", ignore_errors=True)
        self._number += 1
        self.bucket = f"run-{os.getpid()}-{self._number}"
        for bucket in (self.bucket, self.archive_bucket):
            self.s3.create_bucket(Bucket=bucket)
            self.s3.get_waiter("bucket_exists").wait(Bucket=bucket, WaiterConfig={"Delay": 1, "MaxAttempts": 10})

    def wipe(self) -> None:
        """As `reset`, and no table of any build is left."""
        with psycopg.connect(self.stack.warehouse_url, autocommit=True) as connection:
            nights.empty(connection)
        self.reset()

    def put(self, puts: Iterable[Put]) -> None:
        s3 = self.s3
        for item in puts:
            key = f"{item.source}/{item.day}/{item.file.name}"
            s3.put_object(Bucket=self.bucket, Key=key, Body=item.file.content)

    @property
    def archive_bucket(self) -> str:
        return f"{self.bucket}-archive"

    def order(self, *, archive: bool = False, **changes: Any) -> Order:
        self._number += 1
        if archive:
            changes["archive_bucket"] = self.archive_bucket
        return Order(
            home=str(self.folder / "home"),
            forces_dir=str(self.folder / "forces"),
            key_file=str(self.folder / "pseudonym.key"),
            warehouse_url=postgres.url(self.database.port, "csae", self.stack.secrets.warehouse_password, "warehouse"),
            s3_endpoint_url=self.store.url,
            bucket=self.bucket,
            result=str(self.folder / f"result-{self._number}.json"),
            log=str(self.log),
            **changes,
        )

    def night(self, order: Order | None = None, *, workers: Workers | None = None, seconds: float = 120) -> Any:
        """A whole night; what became of each source, or None when it did not come to its end."""
        order = order or self.order()
        workers = workers or self.workers
        pid = workers.start(order)
        code = workers.wait(pid, seconds)
        if code is None:
            os.kill(pid, signal.SIGKILL)
            workers.wait(pid, 10)
            raise AssertionError(f"a night did not end within {seconds} seconds")
        return self.result(order)

    def result(self, order: Order) -> Any:
        path = Path(order.result)
        return json.loads(path.read_text()) if path.exists() else None

    def clean_night(self, *, gate: bool = False) -> dict[str, Any]:
        """A night without faults, which must come to its end."""
        self.store.plan()
        self.database.plan(None)
        result = self.night(self.order(gate=gate))
        assert result is not None, f"the night without faults failed; see {self.log}"
        assert not any(isinstance(outcome, str) for outcome in result.values()), result
        return dict(result)

    def strike(self, step: str, when: str = "before", nth: int = 1, *, gate: bool = False) -> Any:
        """A night that kills itself at the edge of a step."""
        return self.night(self.order(gate=gate).struck_at(Strike(step, when, nth)))

    def crash_database(self) -> None:
        """What `pg_ctl stop -m immediate` does: no checkpoint, no goodbye."""
        pid = postgres.running_pid(self.stack.home)
        if pid:
            os.kill(pid, signal.SIGQUIT)

    @contextmanager
    def database_files_no_larger_than(self, length: int) -> Iterator[None]:
        """As if the database's disk were full, for connections that begin meanwhile."""
        pid = postgres.running_pid(self.stack.home)
        assert pid
        owner = Path(f"/proc/{pid}").stat()
        who = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.getuid() == 0 else {}

        def limit(soft: str) -> None:
            command = ["prlimit", f"--pid={pid}", f"--fsize={soft}:"]
            subprocess.run(command, check=True, cwd="/", **who)

        limit(f"{length}")
        try:
            yield
        finally:
            limit("unlimited")

    def recover(self) -> None:
        self.stack = ensure_running(self.stack.home)
        self.database.upstream_port = self.stack.postgres_port

    def crash_and_recover(self) -> None:
        self.crash_database()
        self.recover()

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.stack.warehouse_url) as connection:
            return connection.execute(query.encode()).fetchall()

    # What is there, to be compared with the oracle.

    def loads(self) -> list[tuple[Any, ...]]:
        return self.rows(
            """
            select source, delivery_on, content_sha256, correction_number, state, crimes_read, involvements_read,
                crimes_quarantined, involvements_quarantined
            from ops.load
            """
        )

    def crimes(self) -> Counter[Row]:
        return self._raw("crime", "offence_title")

    def people(self) -> Counter[Row]:
        return self._raw("involvement", "immigration_status")

    def _raw(self, table: str, serial: str) -> Counter[Row]:
        """An inner join would hide rows of no load."""
        found = self.rows(
            f"select l.source, l.delivery_on, l.correction_number, t.{serial} "
            f"from raw.{table} as t left join ops.load as l using (load_id)"
        )
        return Counter((source, day, correction, serial) for source, day, correction, serial in found)

    def check(self, oracle: Oracle, *, twins_may_swap: bool = False) -> None:
        """The warehouse holds what the oracle says, nothing more and nothing less, and no personal value."""
        loads, crimes, people = self.loads(), self.crimes(), self.people()
        entries = oracle.entries
        if twins_may_swap:
            entries = _as_it_went(entries, loads)
            oracle = Oracle()
            oracle.entries = entries
        expected = sorted((entry.as_shown for entry in entries), key=str)
        found = sorted(loads, key=str)
        assert found == expected, f"the ledger has {_only(found, expected)} and should have {_only(expected, found)}"
        for rows, wanted in ((crimes, oracle.crime_rows()), (people, oracle.person_rows())):
            assert rows == wanted, f"too many {dict(rows - wanted)}, too few {dict(wanted - rows)}"
        self.check_no_leak()

    def check_whole(self, oracle: Oracle) -> None:
        """Amid everything: each load has all its rows or none, as its state says. The oracle was told of all files."""
        by_content = {(entry.source, entry.digest): entry for entry in oracle.entries if entry.duplicate_of is None}
        crimes, people = self.crimes(), self.people()
        for source, day, digest, correction, state, crimes_read, *_ in self.loads():
            assert (source, digest) in by_content, f"{source} {day}: a load of what was never delivered"
            entry = by_content[source, digest]
            has_rows = crimes_read is not None and state != "received"
            found = Counter({row: n for row, n in crimes.items() if row[:3] == (source, day, correction)})
            wanted = [crime.serial for file in entry.files for crime in file.crimes] if has_rows else []
            assert found == Counter((source, day, correction, serial) for serial in wanted), (source, day, state)
            found = Counter({row: n for row, n in people.items() if row[:3] == (source, day, correction)})
            wanted = [person.serial for file in entry.files for person in file.people] if has_rows else []
            assert found == Counter((source, day, correction, serial) for serial in wanted), (source, day, state)

    def check_no_leak(self) -> None:
        """No marker in what the pipeline says: the ledger, the raw tables, its output and the database's log."""
        tables = self.rows("select schemaname, tablename from pg_tables where schemaname in ('raw', 'ops')")
        found = self.rows(
            " union all ".join(
                f"select '{schema}.{table}', count(*) from {schema}.{table} as t where t::text like '%{CANARY}%'"
                for schema, table in tables
            )
        )
        assert [item for item in found if item[1]] == [], "a table holds a personal value"
        for log in (self.log, postgres.log_file(self.stack.home)):
            if log.exists():
                assert CANARY.encode() not in log.read_bytes(), f"{log} holds a personal value"

    def files_with_a_marker(self) -> list[str]:
        """Everything that was written on this machine but the object store's own files, database files included."""
        found = subprocess.run(
            ["/bin/grep", "-rlaF", CANARY, "--exclude-dir=s3", str(self.folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert found.returncode in {0, 1}, found.stderr
        return found.stdout.splitlines()


def _only(these: list[Any], those: list[Any]) -> list[Any]:
    return [item for item in these if item not in those]


def _as_it_went(entries: list[Entry], loads: list[tuple[Any, ...]]) -> list[Entry]:
    """Of loads with the same content one is kept and the others are its duplicates; which one, two runs may settle."""
    states = {(source, day, digest): state for source, day, digest, _, state, *_ in loads}
    result: list[Entry] = []
    for entry in entries:
        alike = [other for other in entries if (other.source, other.digest) == (entry.source, entry.digest)]
        kept = [other for other in alike if other.duplicate_of is None]
        chosen = [item for item in alike if states.get((item.source, item.day, item.digest)) != "duplicate"]
        if len(alike) == 1 or len(kept) != 1 or len(chosen) != 1:
            result.append(entry)
            continue
        is_kept = entry is chosen[0]
        result.append(
            Entry(
                entry.source,
                entry.day,
                entry.digest,
                entry.correction,
                kept[0].state if is_kept else "duplicate",
                entry.files,
                None if is_kept else chosen[0],
                kept[0].quarantined if is_kept else None,
            )
        )
    return result


@contextmanager
def bench(folder: Path, forces_yaml: Mapping[str, str] | None = None) -> Iterator[Bench]:
    """Everything running below the folder, and stopped at the end. The forces are those of `faults.world`, or given."""
    home = folder / "stack"
    forces = folder / "forces"
    forces.mkdir(parents=True)
    for code, text in (forces_yaml or specs()).items():
        (forces / f"{code}_force.yml").write_text(text)
    (folder / "pseudonym.key").touch(mode=0o600)
    (folder / "pseudonym.key").write_bytes(random.Random(0).randbytes(32))
    with ExitStack() as at_end:
        at_end.callback(stop, home)
        stack = ensure_running(home)
        stacks.be_quick(stack)
        with warehouse.connect(SecretStr(stack.warehouse_url), autocommit=True) as connection:
            warehouse.prepare(connection)
        store = at_end.enter_context(StoreProxy(stack.s3_endpoint_url))
        database = at_end.enter_context(DatabaseProxy(stack.postgres_port))
        environment = {name: value for name, value in stack.environment().items() if name.startswith("AWS_")}
        log = folder / "worker.log"
        workers = Workers(environment, log)
        at_end.callback(workers.close)
        made = Bench(stack, folder, store, database, workers)
        if FAKETIME:
            for skew in (-2, 2):
                clock = {
                    "LD_PRELOAD": str(FAKETIME),
                    "FAKETIME": f"{skew:+d}d",
                    "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                    "FAULTS_SKEW_SECONDS": f"{skew * 86_400}",
                }
                made.skewed[f"{skew:+d}d"] = _lazy(at_end, environment | clock, log)
        yield made


def _lazy(at_end: ExitStack, environment: dict[str, str], log: Path) -> Workers:
    """Workers that start when they are first asked."""

    class Lazy(Workers):
        def __init__(self) -> None:
            self._begun = False

        def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
            if not self._begun:
                self._begun = True
                super().__init__(environment, log)
                at_end.callback(self.close)
            return super()._ask(request)

    return Lazy()
