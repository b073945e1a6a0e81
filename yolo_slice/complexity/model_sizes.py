"""Parameters and GFLOPs of the shipped model files and of the stock files that they change.

Measuring builds every model, which takes minutes; what was measured is shipped as a table, which a slow test repeats.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import yaml

from yolo_slice.atomic_file import write_whole
from yolo_slice.integration.log import progress
from yolo_slice.integration.model_files.building import build_model, summary_gflops
from yolo_slice.integration.model_files.stock_files import stock_model_yaml
from yolo_slice.paths import family, is_release, model_files

TABLE = Path(__file__).with_name("model_sizes.csv")


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One scale of one model file, as its YAML has it (80 classes).

    Attributes:
        file: Bare name of the YAML file.
        scale: Letter after the family's number: `yolov8n-slice.yaml`.
        params: Number of parameters, before fusing.
        gflops: Of one image of 640 x 640 pixels, 2 x (convolution MACs + BatchNorm operations), as Ultralytics counts.
    """

    file: str
    scale: str
    params: int
    gflops: float


def scales(file: Path) -> list[str]:
    """List the scales of a model file."""
    return list(yaml.safe_load(file.read_text(encoding="utf-8"))["scales"])


def listed_models() -> list[ModelRow]:
    """Read the shipped table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return [
            ModelRow(row["file"], row["scale"], int(row["params"]), float(row["gflops"]))
            for row in csv.DictReader(file)
        ]


def write_models(rows: Iterable[ModelRow]) -> Path:
    """Write the shipped table of the checkout anew; return it."""
    text = io.StringIO()
    lines = ([row.file, row.scale, row.params, round(row.gflops, 6)] for row in rows)
    csv.writer(text, lineterminator="\n").writerows([[field.name for field in fields(ModelRow)], *lines])
    write_whole(TABLE, text.getvalue())
    return TABLE


def measure_models() -> Iterator[ModelRow]:
    """Build every scale of every shipped model file, and of the stock files beside them, with a progress bar."""
    stock = dict.fromkeys(f"{family(file.name)}.yaml" for file in model_files() if not is_release(file.name))
    files = sorted(
        [*model_files(), *map(stock_model_yaml, stock)],
        key=lambda file: (is_release(file.name), len(family(file.name)), file.stem),
    )
    jobs = [(file, scale) for file in files for scale in scales(file)]
    for file, scale in progress(jobs, "building models"):
        yield measure_model(file, scale)


def measure_model(file: Path, scale: str) -> ModelRow:
    """Build one scale of a model file, and count."""
    model = build_model(file, scale)
    return ModelRow(file.name, scale, sum(p.numel() for p in model.parameters()), summary_gflops(model))
