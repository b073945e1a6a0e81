"""Clocks: what a run takes on the wall, and of the processor or the GPU."""

import time
from collections.abc import Callable

from yolo_slice.bench.rounds import Measure, Sample

LEAST_S = max(0.02, 100 * time.get_clock_info("process_time").resolution)  # of a sample: clocks are coarse on Windows


def cpu_clock(run: Callable[[], object], calls: int) -> Sample:
    """Measure wall time, and processor time of all threads of this process."""
    wall, busy = time.perf_counter(), time.process_time()
    for _ in range(calls):
        run()
    busy, wall = time.process_time() - busy, time.perf_counter() - wall
    return Sample(wall / calls, busy / calls)


def gpu_clock(run: Callable[[], object], calls: int) -> Sample:
    """Measure wall time until the GPU is done, and the time between two CUDA events around the calls."""
    import torch

    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize()
    wall = time.perf_counter()
    start.record()
    for _ in range(calls):
        run()
    end.record()
    torch.cuda.synchronize()
    return Sample((time.perf_counter() - wall) / calls, start.elapsed_time(end) / 1000 / calls)


def clock_for(on_gpu: bool) -> Measure:
    """Return the clock of a device."""
    return gpu_clock if on_gpu else cpu_clock
