"""One process of dbt for the builds of many tests: what it imports and what it reads of the project cost 4 s a process.

That a build has a process of its own, and that it ends with it, is held by `test_running_dbt.py` and by every night.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import SecretStr

from csae.transform import Dbt

Begin = Callable[[SecretStr, Path, Path], AbstractContextManager[Dbt]]


@dataclass
class KeptDbt:
    """Stands for `transform.dbt`. Only a folder whose target is the stack's own, as `new_warehouse` makes it, shares.

    A process that anything went wrong in is ended, as it would be without this, and the next build begins another.
    """

    begin: Begin
    _running: ExitStack = field(default_factory=ExitStack)
    _dbt: Dbt | None = None
    _of: tuple[SecretStr, Path, Path] | None = None

    @contextmanager
    def dbt(self, url: SecretStr, project_dir: Path, work_dir: Path) -> Iterator[Dbt]:
        target = work_dir / "target"
        if not target.is_symlink():
            with self.begin(url, project_dir, work_dir) as own:
                yield own
            return
        of = (url, project_dir, target.resolve())
        if self._dbt is None or self._of != of or self._dbt.process.poll() is not None:
            self.end()
            self._dbt, self._of = self._running.enter_context(self.begin(url, project_dir, work_dir)), of
        try:
            yield replace(self._dbt)
        except BaseException:
            self._dbt.process.terminate()
            self.end()
            raise

    def end(self) -> None:
        self._running.close()
        self._dbt = None
