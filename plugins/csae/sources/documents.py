"""YAML read with the line of every key, and without YAML's surprises (`06` stays text, `no` stays a word)."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Key = str | int
PathInFile = tuple[Key, ...]


class SourceError(Exception):
    """A source's YAML cannot be used. The message names the file, the line and the remedy."""


@dataclass(frozen=True)
class Document:
    path: Path
    data: dict[str, Any]
    lines: dict[PathInFile, int]

    def line(self, where: PathInFile) -> int:
        """The line of a key, or of the nearest key above it that is in the file."""
        for length in range(len(where), -1, -1):
            if where[:length] in self.lines:
                return self.lines[where[:length]]
        return 1


class _PlainLoader(yaml.SafeLoader):
    """YAML 1.2's few plain types: true, false, null, whole and decimal numbers without a leading zero."""


_PlainLoader.yaml_implicit_resolvers = {}
_PLAIN_TYPES: tuple[tuple[str, str, str], ...] = (
    ("tag:yaml.org,2002:bool", r"^(true|false)$", "tf"),
    ("tag:yaml.org,2002:null", r"^(null|~|)$", "n~"),
    ("tag:yaml.org,2002:int", r"^-?(0|[1-9][0-9]*)$", "-0123456789"),
    ("tag:yaml.org,2002:float", r"^-?(0|[1-9][0-9]*)\.[0-9]+$", "-0123456789"),
)
for _tag, _pattern, _first in _PLAIN_TYPES:
    _PlainLoader.add_implicit_resolver(_tag, re.compile(_pattern), [*_first, *([""] if "null" in _tag else [])])


def read_document(path: Path) -> Document:
    """Raise `SourceError` when the file is missing, is not YAML, or says a key twice."""
    try:
        loader = _PlainLoader(path.read_text(encoding="utf-8"))
        root = loader.get_single_node()
    except FileNotFoundError:
        raise SourceError(f"{path}: there is no such file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read ({type(error).__name__}); save it as UTF-8 text.") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SourceError(f"{path}, line {line}: not YAML ({error.problem}); correct this line.") from None
    if not isinstance(root, yaml.MappingNode):
        raise SourceError(f'{path}, line 1: must hold keys and values, such as source: "06".')
    lines: dict[PathInFile, int] = {}
    _collect(path, root, (), lines)
    data: dict[str, Any] = loader.construct_document(root)
    return Document(path, data, lines)


def _collect(path: Path, node: yaml.Node, where: PathInFile, lines: dict[PathInFile, int]) -> None:
    lines.setdefault(where, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            line = key.start_mark.line + 1
            inner = (*where, key.value)
            if inner in lines:
                raise SourceError(
                    f"{path}, line {line}: '{key.value}' stands twice (first on line {lines[inner]}); "
                    "take one of them away."
                )
            lines[inner] = line
            _collect(path, value, inner, lines)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _collect(path, value, (*where, index), lines)
