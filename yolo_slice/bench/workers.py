"""Jobs for `worker`, each in a fresh process, and what becomes of one that dies."""

import json
import os
import subprocess
import sys
from typing import Any

from yolo_slice.errors import SliceError, one_line

LONGEST_S = 600  # for the first few runs of one model; a wrong graph may take for ever
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def call_worker(job: dict[str, Any]) -> dict[str, Any]:
    """Have a job done.

    Raises:
        SliceError: If it could not be, with what the worker said or how it ended.
    """
    try:
        done = _run(job)
    except subprocess.TimeoutExpired:
        raise SliceError(f"it was not ready after {LONGEST_S} s") from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        ended = f"by signal {-done.returncode}" if done.returncode < 0 else f"with status {done.returncode}"
        raise SliceError(one_line(f"its process ended {ended}: {last}")) from None
    if "error" in answer:
        raise SliceError(answer["error"])
    return answer


def _run(job: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    threads = str(job["conditions"]["threads"])
    return subprocess.run(
        [sys.executable, "-m", "yolo_slice.bench.worker"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        errors="backslashreplace",
        env={**os.environ, **dict.fromkeys(THREADS, threads), "YOLO_AUTOINSTALL": "false"},
        check=False,
        timeout=LONGEST_S if job["task"] == "memory" else None,
    )
