"""What a story is told from: the warehouse, the sources' YAML of today, and the code sets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from csae.code_sets import CodeSets, read_code_sets
from csae.generations import ledger
from csae.pseudonyms import Keys
from csae.reasons import Reason as KnownReason
from csae.reasons import read_reasons
from csae.sources import LoadedSource, load_sources
from csae.sources.columns import RecordKind
from csae.tracing import asking, deliveries, kept
from csae.tracing.coding import Decoder, TracedColumn
from csae.tracing.deliveries import Delivery
from csae.tracing.kept import Generation, Span
from csae.tracing.stories import Reason
from csae.warehouse import Connection


@dataclass(frozen=True)
class Context:
    connection: Connection
    sources_dir: Path
    seeds_dir: Path
    keys: Callable[[], Keys] = field(repr=False)

    @cached_property
    def there(self) -> frozenset[str]:
        return asking.present(self.connection)

    @cached_property
    def codes(self) -> CodeSets:
        return read_code_sets(self.seeds_dir)

    @cached_property
    def reasons(self) -> Mapping[str, KnownReason]:
        return read_reasons()

    @property
    def is_built(self) -> bool:
        return asking.BUILT in self.there

    def source(self, code: str) -> LoadedSource | None:
        """As its YAML says today; None for a source whose YAML was taken away."""
        return _source(self.sources_dir, code)

    def layout(self, delivery: Delivery) -> str | None:
        """The day from which the layout holds that the load is decoded by."""
        known = deliveries.layouts(self.connection, [delivery.load_id]) if self.is_built else {}
        return known.get(delivery.load_id, delivery.layout_valid_from)

    def columns(
        self, delivery: Delivery, kind: RecordKind, extract_name: str, row_number: int
    ) -> tuple[str | None, list[TracedColumn]]:
        """The layout, and what it made of the record."""
        layout = self.layout(delivery)
        loaded = self.source(delivery.source)
        spec = loaded.spec if loaded else None
        found = next((item for item in spec.layouts if str(item.valid_from) == layout), None) if spec else None
        decoder = Decoder(self.codes, self.seeds_dir, spec, found, is_built=self.is_built)
        values = deliveries.values(self.connection, kind, delivery.load_id, extract_name, row_number)
        return layout, decoder.columns(self.connection, kind, extract_name, values)

    def notes(self, delivery: Delivery) -> list[str]:
        """What a reader of the steps has to know."""
        loaded = self.source(delivery.source)
        if loaded is None:
            gone = f"There is no YAML of source {delivery.source} any more, so the steps of its columns are not told."
            return [*self.notes_of_build(), gone]
        told = self.notes_of_build()
        if delivery.spec_sha256 and delivery.spec_sha256 != loaded.sha256:
            told.append(
                f"{loaded.path.name} has changed since load {delivery.load_id} was read: the steps are today's, the "
                "values are as they were read then."
            )
        if loaded.spec.status != "live":
            told.append(f"Source {delivery.source} is {loaded.spec.status}, so nothing of it counts nationally.")
        return told

    def notes_of_build(self) -> list[str]:
        """Where what was built last is not what analysts see."""
        last = kept.last_begun(self.connection) if self.is_built else None
        if last is None or last.state == "current":
            return []
        now = ledger.current(self.connection)
        return [
            f"Analysts see {f'generation {now.generation_id}' if now else 'no generation'}. The last build, "
            f"{last.generation_id}, {_NOT_SEEN[last.state]}. Fates are those of the last build; rows of curated are "
            "what analysts see."
        ]

    def reason(self, code: str, column: str | None = None) -> Reason:
        known = self.reasons.get(code)
        if known is None:
            return Reason(code, column, _OF_BUILDS.get(code, ""), "", "nobody")
        return Reason(code, column, known.meaning, known.what_to_do, known.who)

    def spans(self, table: str, key: Mapping[str, str]) -> list[Span]:
        return kept.spans(self.connection, table, key) if asking.KEPT in self.there else []

    def generations(self, spans: list[Span]) -> list[Generation]:
        ids = {number for span in spans for number in (span.since, span.until) if number is not None}
        return kept.generations(self.connection, sorted(ids))


@cache
def _source(directory: Path, code: str) -> LoadedSource | None:
    return load_sources(directory, code)[code] if any(directory.glob(f"{code}_*.yml")) else None


_NOT_SEEN = {
    "building": "is not finished",
    "held": "was held",
    "failed": "failed or was broken off",
    "previous": "was gone back from",
}
"""Of a generation that analysts do not see, by its state."""
_OF_BUILDS = {
    "load_rejected": "The whole delivery was not accepted, so none of its rows counts.",
    "crime_not_accepted": "The person's crime was not accepted, so the person cannot be counted.",
}
"""What dbt gives as a reason, beside those of the gate."""
