"""Tries to break every command: `make torture`, or `python -m torture only=kills seed=1` in a checkout.

A subject is a module of `subjects/`. It is tried again and again, each trial in a folder of its own; what a trial does
depends on the seed, the subject and the trial's number only, so that a fall can be repeated.
"""

import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path += [
    str(CHECKOUT / "tests" / folder) for folder in ("data", "metrics", "compare")
]  # the makers of small things
