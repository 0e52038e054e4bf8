"""Names that come from outside: what may be a file's, and how any text of theirs is shown.

A mark that turns the direction of writing, or that is not seen at all, makes a name look like another; a control
character may do anything to a terminal. No name with one is taken, and no message shows one as it is.
"""

import re
from unicodedata import category

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of Unicode: controls (C0, C1), formats (direction, joiners), halves of pairs, parts of lines."""
_LEADS_OUT = re.compile(r"(?:^|/)\.\.(?:/|$)|^/|^[A-Za-z]:|^\.?$")


def is_harmless(path: str) -> bool:
    """Whether it stays in its folder, whichever slash parts it, and is what it looks like."""
    return not _LEADS_OUT.search(path.replace("\\", "/")) and not any(map(_is_hidden, path))


def shown(text: str) -> str:
    r"""The text with what cannot be seen in it written out, as `\u202e`; ends of lines stay."""
    if text.isprintable():
        return text
    return "".join(
        mark.encode("unicode_escape").decode() if _is_hidden(mark) and mark != "\n" else mark for mark in text
    )


def _is_hidden(mark: str) -> bool:
    return category(mark) in _HIDDEN
