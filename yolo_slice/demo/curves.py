"""The training in one picture: the losses, and how much is found after each epoch."""

import csv
import io
from pathlib import Path

from yolo_slice.atomic_file import write_whole

LOSSES = {"box": "train/box_loss", "class": "train/cls_loss", "distribution": "train/dfl_loss"}
FOUND = {"mAP50": "metrics/mAP50(B)", "mAP50-95": "metrics/mAP50-95(B)"}


def save_curves(results: Path, file: Path) -> None:
    """Draw a training's results.csv: each loss as a share of its first value, and what is found, once anything is.

    Args:
        results: The table.
        file: The picture, PNG.
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    curves = read_curves(results)
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name, column in LOSSES.items():
        first = curves[column][0] or 1.0
        left.plot(range(1, len(curves[column]) + 1), [value / first for value in curves[column]], label=name)
    left.set(title="training losses, of their first epoch", xlabel="epoch", ylim=(0, None))
    epochs = len(curves[FOUND["mAP50"]])
    first = next((epoch for epoch, value in enumerate(curves[FOUND["mAP50"]], 1) if value), epochs + 1)
    for name, column in FOUND.items():
        right.plot(range(first, epochs + 1), curves[column][first - 1 :], marker=".", label=name)
    before = "" if first == 1 else f"; in the first {first - 1} nothing is found"
    right.set(title="found in pictures not trained on", xlabel=f"epoch{before}", ylim=(0, 1))
    for axes in (left, right):
        axes.set_xlim(0.5, epochs + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()
        axes.grid(alpha=0.3)
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120)
    write_whole(file, picture.getvalue())


def read_curves(results: Path) -> dict[str, list[float]]:
    """Read results.csv: a column's name -> a value an epoch."""
    with results.open(encoding="utf-8", newline="") as file:
        rows = [{key.strip(): float(value) for key, value in row.items()} for row in csv.DictReader(file)]
    return {key: [row[key] for row in rows] for key in rows[0]}
