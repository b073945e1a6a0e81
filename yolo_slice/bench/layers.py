"""Where a difference arises: the time of each top-level layer of torch models, measured interleaved."""

import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple

from yolo_slice.markdown_table import aligned


class LayerTime(NamedTuple):
    """A layer's name, and its median time in milliseconds."""

    name: str
    ms: float


def layer_times(
    models: Mapping[str, Any], image: Any, rounds: int, now: Callable[[], float]
) -> dict[str, list[LayerTime]]:
    """Measure every layer of every model once a round, the models in an order drawn anew.

    Args:
        models: Networks of Ultralytics by label: `model.model` are the layers.
        image: Input of all.
        rounds: How many, after one that is not counted.
        now: The clock, seconds; on a GPU it has to wait for it.
    """
    found: dict[str, list[list[float]]] = {label: [[] for _ in model.model] for label, model in models.items()}
    handles = [handle for label, model in models.items() for handle in _watch(model, found[label], now)]
    rng = random.Random(0)
    try:
        for _ in range(rounds + 1):
            for label in rng.sample([*models], len(models)):
                models[label](image)
    finally:
        for handle in handles:
            handle.remove()
    return {
        label: [
            LayerTime(type(layer).__name__, 1000 * statistics.median(seconds[1:]))
            for layer, seconds in zip(model.model, found[label], strict=True)
        ]
        for label, model in models.items()
    }


def _watch(model: Any, seconds: Sequence[list[float]], now: Callable[[], float]) -> list[Any]:
    handles = []
    for layer, kept in zip(model.model, seconds, strict=True):
        begun: list[float] = []
        handles.append(layer.register_forward_pre_hook(lambda *_, begun=begun: begun.append(now())))
        handles.append(layer.register_forward_hook(lambda *_, begun=begun, kept=kept: kept.append(now() - begun.pop())))
    return handles


def clock_of(on_gpu: bool, threads: int) -> Callable[[], float]:
    """Return processor time for one thread, wall time for several, and wall time with waiting on a GPU."""
    if not on_gpu:
        return time.process_time if threads == 1 else time.perf_counter
    import torch

    def now() -> float:
        torch.cuda.synchronize()
        return time.perf_counter()

    return now


def layer_table(layers: Mapping[str, Sequence[LayerTime]]) -> str:
    """Write the models side by side by index, each with its difference to the first."""
    labels = [*layers]
    head = ["layer", *(cell for label in labels for cell in (label, "ms"))]
    head += [f"{label} minus {labels[0]}" for label in labels[1:]]
    rows = [[str(index), *_cells(one)] for index, one in enumerate(zip_longest(*layers.values()))]
    sums = [LayerTime("", sum(layer.ms for layer in of_model)) for of_model in layers.values()]
    return aligned([head, *rows, ["all", *_cells(sums)]])


def _cells(row: Sequence[LayerTime | None]) -> list[str]:
    cells = [cell for one in row for cell in ((one.name, f"{one.ms:.2f}") if one else ("", ""))]
    first = row[0]
    return cells + [f"{one.ms - first.ms:+.2f}" if one and first else "" for one in row[1:]]
