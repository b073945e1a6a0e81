"""`python -m yolo_slice.cli`: the command where its script is not on the path."""

import sys

from yolo_slice.cli import main

if __name__ == "__main__":
    sys.exit(main())
