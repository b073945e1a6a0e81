"""The complexity columns of SSBNet: ResNet-D, ResNet-RS, EfficientNet and BoTNet, and each with sampled bottlenecks.

The first two are timm's own models, which have the printed parameters; BoTNet-S1 is ours, because timm's are others.
Where parameters are None, the printed digits were not at hand when this was written.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import nn

from yolo_slice.complexity.botnet import BoTNet
from yolo_slice.complexity.paper_table import Build, PaperRow, PaperTable
from yolo_slice.downsampling import wrap_bottlenecks

_PAPER = "Kwan and Song 2022, Tables 1 and 2"


def _timm(name: str, sizes: Sequence[int] | None = None) -> Build:
    """Make a model of timm, sampled if sizes are given."""

    def build() -> nn.Module:
        import timm

        with torch.device("meta"):
            model: nn.Module = timm.create_model(name).eval()
            return wrap_bottlenecks(model, sizes) if sizes else model

    return build


def _botnet(depths: Sequence[int], imgsz: int, sizes: Sequence[int] | None = None) -> Build:
    def build() -> nn.Module:
        with torch.device("meta"):
            return BoTNet(depths, imgsz, sizes).eval()

    return build


def _pair(
    name: str,
    timm: str,
    imgsz: int,
    sizes: Sequence[int],
    params: tuple[str | None, str | None],
    gflops: tuple[str, str],
    misses: tuple[float, float] = (0, 0),
    reading: str = "",
) -> Iterator[PaperRow]:
    """Make the rows of a model and of it with sampled bottlenecks."""
    yield PaperRow(name, params[0], gflops[0], _timm(timm), f"{imgsz} px", imgsz=imgsz, misses=misses[0])
    said = f"{imgsz} px; sampled to {', '.join(map(str, sizes))}{reading}"
    yield PaperRow(f"SSB-{name}", params[1], gflops[1], _timm(timm, sizes), said, imgsz=imgsz, misses=misses[1])


def _botnet_pair(
    number: str,
    depths: Sequence[int],
    imgsz: int,
    sizes: Sequence[int],
    params: str,
    gflops: tuple[str, str],
    misses: tuple[float, float],
) -> Iterator[PaperRow]:
    name = f"BoTNet-S1-{number}"
    yield PaperRow(name, params, gflops[0], _botnet(depths, imgsz), f"{imgsz} px", imgsz=imgsz, misses=misses[0])
    said = f"{imgsz} px; sampled to {', '.join(map(str, sizes))}: not in the paper, the sizes that come nearest"
    build = _botnet(depths, imgsz, sizes)
    yield PaperRow(f"SSB-{name}", None, gflops[1], build, said, imgsz=imgsz, misses=misses[1])


SSBNET_TABLES = (
    PaperTable(
        "SSBNet ResNet",
        f"{_PAPER}: ResNet-D and ResNet-RS, and with the last three stages sampled",
        "macs",
        224,
        False,
        (
            *_pair("ResNet-D-50", "resnet50d", 224, (16, 8, 4), ("25.6", "25.6"), ("4.3", "3.0"), (0, 1.8)),
            *_pair("ResNet-D-101", "resnet101d", 224, (16, 8, 4), ("44.6", "44.6"), ("8.0", "4.3")),
            *_pair("ResNet-D-152", "resnet152d", 224, (16, 8, 4), ("60.2", "60.3"), ("11.8", "5.6")),
            *_pair("ResNet-RS-50 160", "resnetrs50", 160, (12, 6, 3), (None, None), ("2.3", "1.6")),
            *_pair("ResNet-RS-101 160", "resnetrs101", 160, (12, 6, 3), ("63.6", "63.6"), ("4.2", "2.3")),
            *_pair("ResNet-RS-101 192", "resnetrs101", 192, (14, 7, 3), ("63.6", "63.6"), ("6.0", "3.2")),
            *_pair("ResNet-RS-152 192", "resnetrs152", 192, (14, 7, 3), (None, None), ("9.0", "4.3"), (2.9, 0)),
            *_pair("ResNet-RS-152 224", "resnetrs152", 224, (16, 8, 4), (None, None), ("12.0", "5.8"), (0.9, 0)),
            *_pair("ResNet-RS-152 256", "resnetrs152", 256, (18, 9, 5), (None, None), ("15.5", "7.5")),
            *_pair("ResNet-RS-200 256", "resnetrs200", 256, (18, 9, 5), (None, None), ("20.0", "9.4"), (0.5, 0)),
        ),
        needs="timm",
    ),
    PaperTable(
        "SSBNet EfficientNet",
        f"{_PAPER}: EfficientNet, and with the last five stages sampled; running statistics count as parameters",
        "macs",
        224,
        False,
        (
            *_pair("EfficientNet-B0", "efficientnet_b0", 224, (20, 10, 10, 5, 5), ("5.3", None), ("0.4", "0.3")),
            *_pair("EfficientNet-B1", "efficientnet_b1", 240, (22, 11, 11, 5, 5), ("7.9", None), ("0.7", "0.5")),
            *_pair("EfficientNet-B2", "efficientnet_b2", 260, (24, 12, 12, 6, 6), ("9.2", None), ("1.0", "0.7")),
            *_pair("EfficientNet-B3", "efficientnet_b3", 300, (26, 13, 13, 7, 7), ("12.3", None), ("1.8", "1.3")),
        ),
        needs="timm",
        statistics=True,
    ),
    PaperTable(
        "SSBNet BoTNet",
        f"{_PAPER}: BoTNet-S1, and with the last three stages sampled",
        "macs",
        224,
        False,
        (
            *_botnet_pair("59", (3, 4, 6, 6), 224, (16, 8, 7), "30.5", ("7.3", "3.8"), (0.8, 2.1)),
            *_botnet_pair("110", (3, 4, 23, 6), 224, (16, 8, 7), "51.7", ("10.9", "5.1"), (0.6, 1.6)),
            *_botnet_pair("128", (3, 4, 23, 12), 256, (18, 9, 8), "69.1", ("19.3", "8.1"), (0, 1.8)),
            *_botnet_pair("77", (3, 4, 6, 12), 320, (23, 11, 10), "47.9", ("23.3", "10.2"), (0, 1.6)),
        ),
    ),
)
