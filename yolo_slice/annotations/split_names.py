"""What a split is for, told from the name of its list, folder or file: train, val, test, or both train and val."""

import re

WORDS = {
    "train": ("train", "training", "trn"),
    "val": ("val", "valid", "validation", "validate", "dev"),
    "test": ("test", "testing"),
    "trainval": ("trainval", "default", "all"),  # CVAT calls what has no subset "default"
}
_USES = {word: use for use, words in WORDS.items() for word in words}


def split_use(name: str) -> str | None:
    """Tell what a split is for; None if the name does not say.

    Example:
        >>> [split_use(name) for name in ("TRAIN", "valid", "Testing", "train2017", "train_val", "aeroplane_train")]
        ['train', 'val', 'test', 'train', 'trainval', None]
    """
    return _USES.get(re.sub(r"[-_ ]?\d*$", "", name.casefold()).replace("_", "").replace("-", ""))
