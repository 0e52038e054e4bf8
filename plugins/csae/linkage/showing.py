"""What each comparison of two records came to: the evidence that makes up their weight. No values."""

from collections.abc import Collection
from pathlib import Path

from psycopg import sql

from csae.linkage.model import Model
from csae.linkage.scoring import Scorer, workspace
from csae.linkage.transfer import load_records
from csae.warehouse import Connection

Levels = dict[tuple[str, str], dict[str, str]]
"""By pair of record keys, the smaller first: the level of each comparison by its name. Those that one of the two
records says nothing on are left out."""


def levels(connection: Connection, record_keys: Collection[str], work_dir: Path, model: Model) -> Levels:
    """Of every two of the records that were linked by this model; another may have compared otherwise."""
    chosen = sql.SQL("select * from linkage.record where person_record_key = any({}) and model_version = {}").format(
        sql.Literal(list(record_keys)), sql.Literal(model.version)
    )
    with workspace(work_dir) as duck:
        keys = load_records(connection, duck, chosen).astype("U32").tolist()
        found = Scorer(duck, model, explain=True).levels() if len(keys) > 1 else {}
    return {(keys[one], keys[other]): of_pair for (one, other), of_pair in found.items()}
