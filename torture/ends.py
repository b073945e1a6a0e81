"""The only ends that a command may come to: what it was asked for, or one line that says why not."""

import re

from torture.fell import FellError
from torture.process import Ended

VERDICTS = ("data check", "check", "complexity")  # their exit status 1 says what they found
LONGEST = 2000


def check_end(ended: Ended) -> Ended:
    """Refuse a traceback, a signal, an endless run, an error of no line or of several."""
    said = f"exit {ended.status}"
    if ended.timed_out:
        raise FellError(f"took more than {ended.cpu_s:.0f} s of the processor, {ended.seconds:.0f} s by the clock")
    for sign in ("Traceback (most recent call last)", "Exception ignored", "Fatal Python error", "Exception in thread"):
        if sign in ended.err or sign in ended.out:
            raise FellError(f"{said}, {sign.split(' (')[0]}: {_last(ended.err)}")
    if ended.status not in (0, 1, 2, 130):
        raise FellError(f"{said}: {_last(ended.err)}")
    if ended.status and not _is_verdict(ended):
        last = _last(ended.err)
        if not last.startswith("yolo-slice: "):
            raise FellError(f"{said}, and the last line is no error of ours: {last!r}")
        if len(last) > LONGEST:
            raise FellError(f"{said}, and a line of {len(last)} letters: {last[:80]!r}")
    return ended


def _is_verdict(ended: Ended) -> bool:
    return ended.status == 1 and " ".join(ended.words[1:]).startswith(VERDICTS) and bool(ended.out.strip())


def _last(text: str) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
    lines = [line for line in re.split(r"[\r\n]+", plain) if line.strip()]
    return lines[-1].strip() if lines else ""
