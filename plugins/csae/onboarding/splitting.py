"""Rows of several kinds in one file, and several people in one row, taken apart."""

from dataclasses import replace

from csae.onboarding.headers import tokens_of
from csae.onboarding.tables import Block
from csae.onboarding.value_words import PERSON_PLACES

_LEAST_OWN = 3
_MOST_KINDS = 6
_LEAST_ROWS = 20


def split_rows(block: Block) -> list[Block]:
    """The block, or one for each kind of row: kinds fill columns that the others leave empty."""
    if block.each or block.where or block.rows < _LEAST_ROWS:
        return [block]
    for name, values in block.columns.items():
        kinds = sorted(set(values))
        if not 2 <= len(kinds) <= _MOST_KINDS or "" in kinds:
            continue
        filled = {
            kind: frozenset(
                column
                for column, cells in block.columns.items()
                if any(cell for cell, own in zip(cells, values, strict=True) if own == kind)
            )
            for kind in kinds
        }
        groups = _alike(filled)
        if len(groups) == 2:
            first, second = (frozenset().union(*(filled[kind] for kind in group)) for group in groups)
            if len(first - second) >= _LEAST_OWN and len(second - first) >= _LEAST_OWN:
                return [_rows_of(block, name, group) for group in groups]
    return [block]


def _alike(filled: dict[str, frozenset[str]]) -> list[list[str]]:
    groups: list[list[str]] = []
    for kind, columns in filled.items():
        near = next((g for g in groups if 2 * len(filled[g[0]] & columns) > len(filled[g[0]] | columns)), None)
        if near is None:
            groups.append([kind])
        else:
            near.append(kind)
    return groups


def _rows_of(block: Block, name: str, kinds: list[str]) -> Block:
    chosen = [at for at, kind in enumerate(block.columns[name]) if kind in kinds]
    told = {name} if len(kinds) == 1 else set()  # of several kinds the value may be the role
    columns = {column: [cells[at] for at in chosen] for column, cells in block.columns.items() if column not in told}
    return Block({column: cells for column, cells in columns.items() if any(cells)}, where={name: kinds})


def split_people(block: Block) -> list[Block]:
    """The block, or its crime and one block for each person that its columns name: `Suspect 1 Surname`."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name in block.columns:
        key = _person_in(name)
        if key:
            groups.setdefault(key, []).append(name)
    groups = {key: names for key, names in groups.items() if len(names) >= _LEAST_OWN}
    if block.each or block.role or not groups:
        return [block]
    if len(groups) == 1:  # all people of the file are of one role
        (role, _), names = groups.popitem()
        return [replace(block, role=PERSON_PLACES[role] or None)] if len(names) > _LEAST_OWN else [block]
    taken = {name for names in groups.values() for name in names}
    rest = Block({name: cells for name, cells in block.columns.items() if name not in taken}, where=block.where)
    people = [
        Block(
            {name: block.columns[name] for name in names},
            where=block.where,
            is_within=True,
            role=PERSON_PLACES[role] or None,
        )
        for (role, _), names in groups.items()
    ]
    return [rest, *people]


def _person_in(name: str) -> tuple[str, str] | None:
    tokens = tokens_of(name)
    if len(tokens) < 2 or tokens[0] not in PERSON_PLACES:
        return None
    number = tokens[1] if tokens[1].isdigit() and len(tokens) > 2 else tokens[-1] if tokens[-1].isdigit() else ""
    if not PERSON_PLACES[tokens[0]] and not number:
        return None
    return tokens[0], number


def without_person(name: str) -> str:
    """`Suspect 1 Surname` is `surname`."""
    tokens = [token for token in tokens_of(name) if token not in PERSON_PLACES and not token.isdigit()]
    return " ".join(tokens) or name
