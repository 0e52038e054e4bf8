"""Which file of a delivery is which: by the layout's patterns, the newest where one corrects another."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from csae import unpacking
from csae.landing import LandedFile, SpooledFile
from csae.ledger import KnownFile
from csae.readers.tables import ExtractError
from csae.sources.model import Layout
from csae.unpacking import Part

ARCHIVE, MANIFEST, UNMATCHED = "archive", "manifest", "unexpected"


@dataclass(frozen=True)
class Choice:
    by_pattern: dict[str, list[Part]]
    """The newest of each pattern; several where nobody can say which one counts."""
    unexpected: tuple[Part, ...]
    names: frozenset[str]
    """Of all files, those included that a correction leaves behind."""
    entered: tuple[tuple[str, SpooledFile], ...]
    """Every object, with what it is taken for."""
    content: tuple[SpooledFile, ...]
    """The objects that the delivery is made of: those that a correction leaves behind are not."""
    fault: ExtractError | None
    """Why the delivery is refused, as far as its files' names say it."""

    def by_extract(self, layout: Layout) -> dict[str, Part]:
        """One file may hold several extracts: sheets, or kinds of rows."""
        return {name: self.by_pattern[extract.files][0] for name, extract in layout.extracts.items()}

    def missing(self, layout: Layout) -> list[str]:
        """Patterns that no file matches; the archive's, as long as it may hold them."""
        missing = [pattern for pattern in _patterns(layout) if pattern not in self.by_pattern]
        has_archive = any(name == ARCHIVE for name, _ in self.entered)
        return [layout.archive] if missing and layout.archive and not has_archive else missing


def choose(layout: Layout, spooled: Sequence[SpooledFile], known: Mapping[LandedFile, KnownFile]) -> Choice:
    """What each file is, members of archives included."""
    is_archive = {
        file: layout.archive is not None and fnmatchcase(file.landed.name, layout.archive) for file in spooled
    }
    archives = _distinct((file for file in spooled if is_archive[file]), known)
    parts = [Part(file) for file in spooled if not is_archive[file]]
    damage: dict[SpooledFile, ExtractError] = {}
    for archive in archives:
        try:
            parts += unpacking.members(archive)
        except ExtractError as error:
            damage[archive] = error
    found: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        if not is_ignored(layout, part.name):
            patterns = [pattern for pattern in _patterns(layout) if fnmatchcase(part.name, pattern)]
            found[patterns[0] if len(patterns) == 1 else UNMATCHED].append(part)
    unmatched = found.pop(UNMATCHED, [])
    by_pattern = {pattern: newest(parts, known) for pattern, parts in found.items()}
    behind = _left_behind(archives, by_pattern, known)
    unexpected = tuple(part for part in unmatched if part.delivered not in behind)
    fault = next((error for archive, error in damage.items() if archive not in behind), None)
    used = {part.delivered for parts in by_pattern.values() for part in parts}
    used |= {part.delivered for part in unexpected} | (set(archives) - behind)
    return Choice(
        by_pattern,
        unexpected,
        frozenset(part.name for part in parts),
        tuple(_entered(layout, spooled, is_archive)),
        tuple(file for file in spooled if file in used),
        fault or _unexpected_files(unexpected, layout) or _ambiguous(by_pattern),
    )


def newest(parts: Iterable[Part], known: Mapping[LandedFile, KnownFile]) -> list[Part]:
    """Of files for one pattern, those that arrived last by the ledger's word; the same content counts once."""
    parts = list(parts)
    seen_before = {item.sha256 for item in known.values()}
    fresh = [part for part in parts if part.delivered.landed not in known and part.delivered.sha256 not in seen_before]
    candidates = fresh or [part for part in parts if part.delivered.landed in known] or parts
    last = max(_arrival(part.delivered, known) for part in candidates)
    latest = [part for part in candidates if _arrival(part.delivered, known) == last]
    return list({(part.delivered.sha256, part.member): part for part in latest}.values())


def is_ignored(layout: Layout, name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in layout.ignored_files)


def _patterns(layout: Layout) -> list[str]:
    """Of the files that are to be read, each once."""
    manifest = [layout.manifest.files] if layout.manifest else []
    return list(dict.fromkeys([*(extract.files for extract in layout.extracts.values()), *manifest]))


def _distinct(files: Iterable[SpooledFile], known: Mapping[LandedFile, KnownFile]) -> list[SpooledFile]:
    """Each content once, by the file that the ledger knows if there is one."""
    return list({file.sha256: file for file in sorted(files, key=lambda file: file.landed in known)}.values())


def _arrival(file: SpooledFile, known: Mapping[LandedFile, KnownFile]) -> float:
    return known[file.landed].first_load_id if file.landed in known else float("inf")


def _left_behind(
    archives: Sequence[SpooledFile], by_pattern: Mapping[str, Sequence[Part]], known: Mapping[LandedFile, KnownFile]
) -> set[SpooledFile]:
    """Archives that gave way to later ones whole: what is wrong with them does not matter any more."""
    used = {part.delivered for parts in by_pattern.values() for part in parts}
    last = max((_arrival(archive, known) for archive in archives), default=0)
    return {archive for archive in archives if archive not in used and _arrival(archive, known) < last}


def _entered(
    layout: Layout, spooled: Iterable[SpooledFile], is_archive: Mapping[SpooledFile, bool]
) -> Iterator[tuple[str, SpooledFile]]:
    for file in spooled:
        patterns = [pattern for pattern in _patterns(layout) if fnmatchcase(file.landed.name, pattern)]
        if is_archive[file]:
            yield ARCHIVE, file
        elif len(patterns) == 1:
            names = [name for name, extract in layout.extracts.items() if extract.files == patterns[0]]
            yield ", ".join(names) or MANIFEST, file
        else:
            yield UNMATCHED, file


def _unexpected_files(unexpected: Sequence[Part], layout: Layout) -> ExtractError | None:
    if not unexpected:
        return None
    patterns = [*([layout.archive] if layout.archive else []), *_patterns(layout)]
    return ExtractError(
        "file_unexpected",
        f"{', '.join(part.name for part in unexpected)}: not a file that the YAML expects, which is "
        f"{', '.join(patterns)}. Take it out of the delivery, or add it to 'extracts' or 'ignored_files'.",
    )


def _ambiguous(by_pattern: Mapping[str, Sequence[Part]]) -> ExtractError | None:
    for pattern, parts in by_pattern.items():
        if len(parts) > 1:
            names = " and ".join(sorted(part.label for part in parts))
            return ExtractError(
                "delivery_ambiguous",
                f"{names} differ, arrived together and are both '{pattern}'. "
                "Ask the force which one counts, and take the other out of the delivery.",
            )
    return None
