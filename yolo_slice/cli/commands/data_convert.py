"""`yolo-slice data convert`: a data set in another format."""

import sys

from yolo_slice.data.settings import ConvertDataSettings, read_names
from yolo_slice.errors import SliceError, one_line

EXAMPLE = "VOCdevkit/VOC2012 voc to=yolo"
PLACES = ("source", "out")


def run(settings: ConvertDataSettings) -> int:
    """Convert; print the findings, the classes and what was written."""
    from yolo_slice.data import convert_dataset

    result = convert_dataset(
        settings.source,
        settings.out,
        to=settings.to,
        images=settings.images,
        strict=settings.strict,
        names=read_names(settings.names),
        format=settings.format,
        keep_parents=settings.keep_parents,
    )
    for finding in result.findings:
        print(finding, file=sys.stderr)
    if result.folder is None:
        raise SliceError(f"{len(result.findings)} findings; nothing written because of strict=True")
    print(*map(one_line, result.describe()), sep="\n")
    return 0
