"""What sniffing gives: how a file is laid out, and its rows as columns of text."""

from dataclasses import dataclass, field

from csae.onboarding.samples import Sample


@dataclass(frozen=True)
class Block:
    """Rows of one kind: the rows of a file, or what repeats at one place below them."""

    columns: dict[str, list[str]]
    """By the column's name or place; a blank is `""`, several values are parted by `VALUE_SEPARATOR`."""
    each: str | None = None
    where: dict[str, list[str]] = field(default_factory=dict)
    """The rows of the file that these are, where its rows are of several kinds."""
    is_within: bool = False
    """These people share their row with their crime, and with others."""
    role: str | None = None
    """The role that the place of these people says: `suspects`, or columns called `Suspect 1 …`."""

    @property
    def rows(self) -> int:
        return max((len(values) for values in self.columns.values()), default=0)


@dataclass(frozen=True)
class Sniffed:
    """A file, or one sheet of it."""

    sample: Sample
    format: dict[str, object]
    """As the YAML says it."""
    blocks: tuple[Block, ...]
    found: tuple[str, ...] = ()
    """For the reader of the draft, a sentence a fact."""
    asks: tuple[str, ...] = ()
    """What only a person can say."""
    label: str = ""
    """Tells the sheets of one workbook apart, or the kinds of rows of one file."""
    is_cut_by_sight: bool = False
    """Neither a header nor a list says where its fields begin."""
