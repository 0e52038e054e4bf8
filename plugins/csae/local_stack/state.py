"""What a home holds: its folders, its lock, its secrets, and the ports that its servers were last given.

Everything lies below one folder (`CSAE_HOME`), so two homes never meet:

    run/       the lock, `stack.json` (ports and pids), rclone's empty configuration
    secrets/   passwords and keys, made once, readable by their owner alone
    postgres/  the database's files     s3/  the object store's files, a folder a bucket
    airflow/   AIRFLOW_HOME             logs/  one log a server, and Airflow's own below `airflow/`
"""

import fcntl
import hashlib
import json
import os
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from csae.local_stack.errors import StackError

Report = Callable[[str], None]
"""Takes one line of progress for a person to read."""

LOCK_TIMEOUT = 180.0
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_DIGITS_TOO = _LETTERS + _LETTERS.lower()


class Service(BaseModel):
    """A server as last started: its port outlives it, so that addresses stay the same from day to day."""

    model_config = ConfigDict(frozen=True)

    port: int
    pid: int | None = None


class State(BaseModel):
    """`run/stack.json`. A convenience only: every pid in it is checked before it is believed."""

    model_config = ConfigDict(frozen=True)

    postgres: Service | None = None
    object_store: Service | None = None
    airflow_port: int | None = None
    airflow_pids: dict[str, int] = Field(default_factory=dict)


def _password(length: int = 32) -> str:
    """Letters and digits only, so that no URL, file or shell needs to quote it."""
    return "".join(secrets.choice(_DIGITS_TOO) for _ in range(length))


class Secrets(BaseModel):
    """`secrets/stack.json`: made once. A field that a later version adds is filled in when it is read."""

    model_config = ConfigDict(frozen=True)

    postgres_password: str = Field(default_factory=_password)
    warehouse_password: str = Field(default_factory=_password)
    airflow_database_password: str = Field(default_factory=_password)
    access_key_id: str = Field(default_factory=lambda: "CSAE" + "".join(secrets.choice(_LETTERS) for _ in range(16)))
    secret_access_key: str = Field(default_factory=lambda: _password(40))
    fernet_key: str = Field(default_factory=lambda: urlsafe_b64encode(secrets.token_bytes(32)).decode())
    api_secret_key: str = Field(default_factory=lambda: secrets.token_hex(32))
    jwt_secret: str = Field(default_factory=lambda: secrets.token_hex(64))
    airflow_admin_password: str = Field(default_factory=lambda: _password(20))
    pseudonym_key_sha256: str | None = None
    """Tells a lost pseudonym key from one that was never made."""

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        """Nothing: a printed or logged object shows no secret."""
        return iter(())


def run_dir(home: Path) -> Path:
    return home / "run"


def secrets_dir(home: Path) -> Path:
    return home / "secrets"


def logs_dir(home: Path) -> Path:
    return home / "logs"


def pseudonym_key_file(home: Path) -> Path:
    return secrets_dir(home) / "pseudonym.key"


def airflow_passwords_file(home: Path) -> Path:
    return secrets_dir(home) / "airflow_passwords.json"


def resolve_home(home: Path) -> Path:
    """The same absolute path for every way of writing it: processes are recognised by it."""
    return home.expanduser().resolve()


def make_home(home: Path) -> None:
    """Make the folders that are missing. Raises StackError when they cannot be, or belong to someone else."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for folder in (run_dir(home), secrets_dir(home), logs_dir(home)):
            folder.mkdir(mode=0o700, exist_ok=True)
        owner = secrets_dir(home).stat().st_uid
    except OSError as error:
        raise StackError(
            f"The home {home} cannot be used ({error.strerror}): make it a folder that you can write to, "
            "or set CSAE_HOME to another one."
        ) from None
    if owner != os.geteuid():
        raise StackError(
            f"The home {home} was made by the user with id {owner}, and you are {os.geteuid()}: "
            "run this as that user, or set CSAE_HOME to a folder of your own."
        )


def write_private(path: Path, content: bytes) -> None:
    """Replace the file at once and for its owner alone: a crash leaves the old content or the new."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def load_state(home: Path) -> State:
    """What was last written, or nothing known: a damaged file costs new ports, nothing else."""
    with suppress(OSError, ValidationError):
        return State.model_validate_json((run_dir(home) / "stack.json").read_bytes())
    return State()


def save_state(home: Path, state: State) -> None:
    write_private(run_dir(home) / "stack.json", state.model_dump_json(indent=2).encode())


def load_secrets(home: Path) -> Secrets:
    """The home's secrets, made when there are none yet. Raises StackError for a damaged file or a lost key."""
    path = secrets_dir(home) / "stack.json"
    text = path.read_text() if path.exists() else "{}"
    try:
        known = Secrets.model_validate_json(text)
    except ValidationError:
        raise StackError(
            f"The file {path} is damaged: put it back from a backup, or remove the home {home} to start afresh."
        ) from None
    complete = known.model_copy(update={"pseudonym_key_sha256": _ensure_pseudonym_key(home, known)})
    passwords = {"admin": complete.airflow_admin_password}
    if not airflow_passwords_file(home).exists():
        write_private(airflow_passwords_file(home), json.dumps(passwords).encode() + b"\n")
    if (complete_text := complete.model_dump_json(indent=2)) != text:
        write_private(path, complete_text.encode())
    return complete


def _ensure_pseudonym_key(home: Path, known: Secrets) -> str:
    """The key's digest. A lost or changed key is never replaced: new tokens would match no stored one."""
    path = pseudonym_key_file(home)
    if not path.exists() and known.pseudonym_key_sha256 is None:
        write_private(path, secrets.token_bytes(32))
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
    if digest is None or known.pseudonym_key_sha256 not in (None, digest):
        raise StackError(
            f"The pseudonym key {path} is not the one that this home began with, and no other key can match "
            "the people already loaded: put the file back from a backup, or remove the home to start afresh."
        )
    return digest


@contextmanager
def locked(home: Path, report: Report) -> Iterator[None]:
    """Hold the home's lock: starts and stops happen one at a time. A process that dies lets go of it."""
    with (run_dir(home) / "lock").open("a") as file:
        deadline = time.monotonic() + LOCK_TIMEOUT
        told = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    report("Waiting for another command that is starting or stopping this stack")
                    told = True
                if time.monotonic() > deadline:
                    raise StackError(
                        f"Another command has been starting or stopping the stack in {home} for "
                        f"{LOCK_TIMEOUT:.0f} seconds: wait for it or end it, then try again."
                    ) from None
                time.sleep(0.05)
        yield
