"""YAML read with the line of every key, and without YAML's surprises: `06`, `1.10` and `no` stay as written."""

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
    """Every value is text, but for null; the model says what is a number, a day, or true and false."""


class _FastLoader(yaml.CSafeLoader):
    """The same by libyaml, in a tenth of the time; what it says of a mistake is less to the point."""


for _loader in (_PlainLoader, _FastLoader):
    _loader.yaml_implicit_resolvers = {}
    _loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(null|~|)$"), ["n", "~", ""])


def read_document(path: Path) -> Document:
    """Raise `SourceError` when the file is missing, is not YAML, or says a key twice."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SourceError(f"{path}: there is no such file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: cannot be read ({type(error).__name__}); save it as UTF-8 text.") from None
    return parse_document(path, text)


def parse_document(path: Path, text: str) -> Document:
    """Raise `SourceError`, naming `path`, when the text is not YAML or says a key twice."""
    try:
        return _parsed(path, _FastLoader(text))
    except (yaml.YAMLError, RecursionError):
        return _parsed_or_refused(path, text)


def _parsed(path: Path, loader: _FastLoader | _PlainLoader) -> Document:
    lines: dict[PathInFile, int] = {}
    root = loader.get_single_node()
    if not isinstance(root, yaml.MappingNode):
        raise SourceError(f'{path}, line 1: must hold keys and values, such as source: "06".')
    _collect(path, root, (), lines)
    return Document(path, loader.construct_document(root), lines)


def _parsed_or_refused(path: Path, text: str) -> Document:
    try:
        return _parsed(path, _PlainLoader(text))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise SourceError(f"{path}, line {line}: not YAML ({error.problem}); correct this line.") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise SourceError(f"{path}, line {line}: holds a control character; take it away.") from None
    except RecursionError:
        raise SourceError(f"{path}, line 1: an anchor (&) holds itself; write out what is meant.") from None


def _collect(path: Path, node: yaml.Node, where: PathInFile, lines: dict[PathInFile, int]) -> None:
    lines.setdefault(where, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise SourceError(f"{path}, line {line}: a key must be one text; take the brackets away.")
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
