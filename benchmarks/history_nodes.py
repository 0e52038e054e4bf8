"""What dbt's nodes of a build took, and the plans of the dearest."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psycopg

from csae.warehouse import Connection

DEAREST = 10
_LISTED = re.compile(r"^\s*(->|(?:Planning|Execution) Time)")


@dataclass(frozen=True)
class Node:
    kind: str
    """model, test or seed."""
    name: str
    seconds: float
    statement: str
    """The select, as dbt compiled it."""


def nodes_of(work: Path) -> list[Node]:
    """Of dbt's last command."""
    results = json.loads((work / "target" / "run_results.json").read_text())["results"]
    return [
        Node(kind, name, item["execution_time"], item.get("compiled_code") or "")
        for item in results
        for kind, _, name in [item["unique_id"].split(".", 2)]
    ]


def plans(connection: Connection, nodes: Iterable[Node]) -> list[tuple[Node, str]]:
    """The dearest nodes of a build and the steps of their plans, run once more over what the build left.

    The lists of what changed still hold, so the same rows are read; what is deleted and written is not measured.
    """
    connection.execute("set work_mem = '256MB'; set jit = off; set enable_mergejoin = off")
    dearest = sorted((node for node in nodes if node.statement), key=lambda node: -node.seconds)[:DEAREST]
    return [(node, plan_of(connection, node.statement)) for node in dearest]


def plan_of(connection: Connection, statement: str) -> str:
    try:
        rows = connection.execute(f"explain (analyze, buffers, costs off) {statement}".encode()).fetchall()
    except psycopg.Error as error:
        return f"no plan: {type(error).__name__}"
    return "\n".join(line for (line,) in rows)
