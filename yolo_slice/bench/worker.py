"""`python -m yolo_slice.bench.worker`: loads models and measures them, in a process of its own.

A job comes as JSON on standard input, the answer goes as JSON to standard output, and whatever libraries print to
standard error.
"""

import json
import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from yolo_slice.bench.clocks import LEAST_S, clock_for
from yolo_slice.bench.rounds import Sample, measure_rounds
from yolo_slice.bench.runtime import Conditions, Session
from yolo_slice.bench.runtimes import runtime_named
from yolo_slice.errors import one_line
from yolo_slice.peak_memory import peak_gpu_memory_mb, peak_memory_mb

WARM_UP = 3


def main() -> None:
    """Answer one job; a fault of a model is an answer, too."""
    answer_to = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    job = json.load(sys.stdin)
    try:
        answer = TASKS[job["task"]](job)
    except Exception as fault:  # a runtime that cannot load a file fails in any way
        answer = {"error": one_line(f"{type(fault).__name__}: {fault}")}
    with answer_to:
        print(json.dumps(answer), file=answer_to)


def times(job: dict[str, Any]) -> dict[str, Any]:
    """Measure rounds of all models."""
    conditions = Conditions(**job["conditions"])
    sessions = {label: _warm(_open(job, file)) for label, file in job["files"].items()}
    runs = {label: session.run for label, session in sessions.items()}
    rng = random.Random(job["seed"])
    calls, rounds = measure_rounds(runs, clock_for(conditions.on_gpu), job["rounds"], LEAST_S, rng)
    return {"calls": calls, "rounds": [{label: _rounded(one) for label, one in each.items()} for each in rounds]}


def memory(job: dict[str, Any]) -> dict[str, Any]:
    """Load one model and run it: what the process grows by, MB, and what the session says of itself."""
    runtime_named(job["format"]).load()
    before = psutil.Process().memory_info().rss / 1e6
    session = _warm(_open(job, job["file"]))
    gpu = peak_gpu_memory_mb()
    told = {"precision": session.precision, "kept_mb": session.kept_mb}
    return {"memory_mb": peak_memory_mb() - before, "gpu_memory_mb": gpu, **told}


def layers(job: dict[str, Any]) -> dict[str, Any]:
    """Measure the layers of all models, in torch."""
    import torch

    from yolo_slice.bench.layers import clock_of, layer_times
    from yolo_slice.bench.runtimes.torch import open_model

    conditions = Conditions(**job["conditions"])
    opened = {label: open_model(Path(file), conditions) for label, file in job["files"].items()}
    image = next(iter(opened.values()))[1]
    now = clock_of(conditions.on_gpu, conditions.threads)
    with torch.inference_mode():
        return dict(layer_times({label: model for label, (model, _) in opened.items()}, image, job["rounds"], now))


def _open(job: dict[str, Any], file: str) -> Session:
    return runtime_named(job["format"]).open(Path(file), Conditions(**job["conditions"]))


def _rounded(sample: Sample) -> list[float]:
    return [round(seconds, 7) for seconds in sample]


def _warm(session: Session) -> Session:
    for _ in range(WARM_UP):
        session.run()
    return session


TASKS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {"times": times, "memory": memory, "layers": layers}

if __name__ == "__main__":
    main()
