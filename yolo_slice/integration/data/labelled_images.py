"""A data set's labels, read by Ultralytics: everything that a data YAML may name."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yolo_slice.errors import SliceError
from yolo_slice.integration.data.data_yaml import open_data_yaml


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """An image's file and labels.

    Args:
        path: The image.
        classes: (N,) class of each object, an index of the data set's names.
        xyxyn: (N, 4) boxes as shares of the image's width and height, 0 to 1.
    """

    path: Path
    classes: NDArray[np.int64]
    xyxyn: NDArray[np.float64]


def read_labelled_images(data: str, split: str = "val") -> tuple[dict[int, str], list[LabelledImage]]:
    """Read the names of a data set's classes, and a split's images with their labels, ordered by path.

    Polygons and key points become the boxes around them; images with unreadable labels are left out, with its warning.

    Args:
        data: What `yolo val data=` takes.
        split: "train", "val" or "test".

    Raises:
        SliceError: If Ultralytics cannot read the data set.
    """
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.utils.ops import xywhn2xyxy

    data_yaml = open_data_yaml(data, download=True)
    places = [str(place) for place in data_yaml.split(split)]
    names = dict(enumerate(data_yaml.names or ()))
    settings: dict[str, Any] = {"channels": 3, **data_yaml.settings, "names": names, "nc": len(names)}
    task = "pose" if "kpt_shape" in settings else "detect"  # else key points would be read as polygons
    try:
        dataset = YOLODataset(img_path=places, data=settings, task=task, augment=False)
    except (OSError, SyntaxError, TypeError, ValueError, RuntimeError, AssertionError) as error:
        raise SliceError(f"data={data}: {str(error).strip().splitlines()[0]}") from None
    images = [
        LabelledImage(
            Path(label["im_file"]),
            label["cls"].reshape(-1).astype(np.int64),
            xywhn2xyxy(np.asarray(label["bboxes"], np.float64).reshape(-1, 4), w=1, h=1),
        )
        for label in dataset.labels
    ]
    return names, sorted(images, key=lambda image: image.path)
