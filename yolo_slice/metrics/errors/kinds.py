"""The kinds of errors of TIDE (Bolya et al. 2020, section 2.2), and its two thresholds."""

from typing import Final

FOREGROUND: Final = 0.5  # t_f: the IoU from which on a detection finds an object
BACKGROUND: Final = 0.1  # t_b: the IoU up to which a detection is about no object at all
LIMIT: Final = 100  # detections of an image that count, those of the highest confidence

KINDS: Final = {
    "classification": f"IoU of at least {FOREGROUND:g} with an object of another class",
    "localisation": f"IoU from {BACKGROUND:g} to {FOREGROUND:g} with an object of its class",
    "both": "on an object of another class, and badly placed",
    "duplicate": "on an object that a detection of higher confidence has found",
    "background": f"IoU of at most {BACKGROUND:g} with any object",
    "missed": "an object without a detection that is right, or would be with its class or place mended",
}
CLASSIFICATION, LOCALISATION, BOTH, DUPLICATE, BACKGROUND_ERROR, MISSED = range(len(KINDS))
RIGHT: Final = -1
# What perfect precision and perfect recall would gain.
WHOLES: Final = ("false positives", "false negatives")
