"""Run subjects and print the table."""

import sys

from torture import environment
from torture.settings import TortureSettings


def main() -> int:
    """Return 1 if anything fell."""
    from torture.running import run_subjects
    from yolo_slice.cli.words import read_settings
    from yolo_slice.errors import SliceError

    try:
        settings = read_settings(TortureSettings, sys.argv[1:], ("only",))
    except SliceError as error:
        print(f"torture: {error}", file=sys.stderr)
        return 2
    with environment.private():
        return run_subjects(settings)


if __name__ == "__main__":
    sys.exit(main())
