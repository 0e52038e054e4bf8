"""Homes of the embedded stack, stopped at the end, and a force to send deliveries to one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from csae import transform
from csae.local_stack import Stack, ensure_running, stop
from integration import stacks
from integration.kept_dbt import KeptDbt
from integration.one_force import Force, new_force


@pytest.fixture
def new_home(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Makes paths for homes, and stops what runs in them at the end."""
    with ExitStack() as at_end:

        def make(name: str) -> Path:
            home = tmp_path / name
            at_end.callback(stop, home)
            return home

        yield make


@pytest.fixture(scope="session", autouse=True)
def one_dbt() -> Iterator[None]:
    """One dbt a process, for all builds in the shared stack's warehouse."""
    kept = KeptDbt(transform.dbt)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(transform, "dbt", kept.dbt)
        yield
        kept.end()


@pytest.fixture(scope="session")
def one_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack a process: starting one takes longer than most tests. Its home has spaces in its name."""
    home = tmp_path_factory.mktemp("shared") / "a home"
    try:
        stack = ensure_running(home)
        stacks.be_quick(stack)
        yield stack
    finally:
        stop(home)


@pytest.fixture(scope="session")
def own_roles(one_stack: Stack) -> set[str]:
    return stacks.roles(one_stack)


@pytest.fixture(scope="module")
def shared(one_stack: Stack, own_roles: set[str]) -> Stack:
    """A running stack for tests that leave it running. Each file finds it as if it had just been started."""
    stack = ensure_running(one_stack.home)
    stacks.clear(stack, own_roles)
    return stack


@pytest.fixture
def force(shared: Stack, tmp_path: Path) -> Force:
    return new_force(shared, tmp_path)
