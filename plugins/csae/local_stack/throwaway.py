"""A warehouse for as long as a command runs: rules that are written in SQL can be tried without any service."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from csae.local_stack import postgres
from csae.local_stack.state import Secrets, make_home, resolve_home


@contextmanager
def throwaway_warehouse() -> Iterator[SecretStr]:
    """The address of an empty database of its own. Nothing of it is left, and no home is touched."""
    with tempfile.TemporaryDirectory(prefix="csae-") as folder:
        home, secrets = resolve_home(Path(folder) / "home"), Secrets()
        make_home(home)
        try:
            service = postgres.ensure(home, secrets, None, lambda _line: None)
            yield SecretStr(postgres.url(service.port, "csae", secrets.warehouse_password, "warehouse"))
        finally:
            postgres.stop(home, None)
