"""How a trial ends if it does not hold."""


class FellError(Exception):
    """What was promised and is not so, in one line."""


class NotTriedError(Exception):
    """This machine does not allow the trial; the reason is printed."""
