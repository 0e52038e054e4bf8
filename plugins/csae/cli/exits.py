"""Exit codes that are no command's own; docs/decisions/0008-exit-codes.md says why."""

USAGE_EXIT = 64
"""Of sysexits.h; 2, the usual one, says that a night was held."""
CANNOT_EXIT = 3
INTERRUPTED_EXIT = 130


class NightExit(SystemExit):
    """The exit code of a night: 0 complete, 1 complete with forces missing or rejected, 2 held, 3 failed."""
