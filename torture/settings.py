"""What to try, and how long."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TortureSettings:
    """Try to break every command.

    Attributes:
        only: Subjects, with commas between them; default: all.
        case: Only the cases of them with this text in their names.
        minutes: Time for each subject; default: its own number of trials, and 30 minutes of the fuzz.
        seed: Decides everything that is drawn.
        trial: Only the trial of this number.
        fast: Only a few trials of each subject, as the test suite does.
        keep: Keep the folders of the trials that fell.
    """

    only: tuple[str, ...] = ()
    case: str = ""
    minutes: float | None = None
    seed: int = 0
    trial: int | None = None
    fast: bool = False
    keep: bool = False
