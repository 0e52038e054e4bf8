"""Generations: what dbt built is kept by differences, and analysts' views are pointed at it in one transaction."""

from csae.generations.bounds import Fall, falls
from csae.generations.changes import ChangeLine, KeyLine, between, counted, meanings, of_generation
from csae.generations.ledger import (
    Generation,
    GenerationLine,
    close,
    current,
    input_sha256,
    kept,
    listing,
    loads,
    needs_full,
    newest,
    open_generation,
    rules_sha256,
    tests_are_due,
    went_back,
)
from csae.generations.switching import KEPT_GENERATIONS, note_refused, rollback, switch, tables_of
from csae.generations.views import SwitchError, rows_of

__all__ = [
    "KEPT_GENERATIONS",
    "ChangeLine",
    "Fall",
    "Generation",
    "GenerationLine",
    "KeyLine",
    "SwitchError",
    "between",
    "close",
    "counted",
    "current",
    "falls",
    "input_sha256",
    "kept",
    "listing",
    "loads",
    "meanings",
    "needs_full",
    "newest",
    "note_refused",
    "of_generation",
    "open_generation",
    "rollback",
    "rows_of",
    "rules_sha256",
    "switch",
    "tables_of",
    "tests_are_due",
    "went_back",
]
