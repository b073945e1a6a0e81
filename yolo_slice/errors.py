"""The one exception of this project that a user is meant to read."""


class SliceError(ValueError):
    """Bad input: what came, what was expected, where, and what to do. The commands print it without a traceback."""
