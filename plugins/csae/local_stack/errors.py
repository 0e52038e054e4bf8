"""The one error that the embedded stack raises."""


class StackError(RuntimeError):
    """One plain sentence: what went wrong, and what to do next. It never holds a password."""
