"""Trains cells on a Ray cluster: a task for each, which Ray starts again elsewhere when its machine is lost.

Ray Core and not Tune, whose schedulers stop trials that look weak. The cells' folders are the state, as everywhere, so
the study must lie on a disk that all machines share, at the same path.
"""

import logging
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

from yolo_slice.errors import SliceError
from yolo_slice.outside.trust import VARIABLE, named_paths
from yolo_slice.study.cell import Cell
from yolo_slice.study.engine import Start, start_process

KILLED = -9  # exit status of a task that Ray could not bring to an end


def connect(address: str) -> Any:
    """Connect to a running cluster and return Ray.

    Args:
        address: "auto" for the one of this machine or of the environment, else HOST:PORT.

    Raises:
        SliceError: If Ray is missing, or there is no cluster.
    """
    try:
        import ray
    except ImportError:
        raise SliceError("cluster= needs Ray, which is not installed: pip install 'yolo-slice[cluster]'") from None
    if not ray.is_initialized():
        try:
            ray.init(address, log_to_driver=False, logging_level=logging.ERROR, include_dashboard=False)
        except (ConnectionError, ValueError, RuntimeError) as fault:
            raise SliceError(
                f"cluster={address}: no Ray cluster answers there ({_one_line(fault)}); start one with "
                "`ray start --head`, join others with `ray start --address=HOST:PORT`"
            ) from None
    return ray


class ClusterSlots(Sequence[str]):
    """A slot for every GPU of the cluster, or for every core if it has none; as many as it has at the moment."""

    def __init__(self, ray: Any) -> None:
        self.ray = ray

    @property
    def has_gpus(self) -> bool:
        """Whether any living machine has one."""
        return self.ray.cluster_resources().get("GPU", 0) >= 1

    def __len__(self) -> int:
        resources = self.ray.cluster_resources()
        return int(resources.get("GPU", 0) or resources.get("CPU", 0))

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        names = ["the cluster"] * len(self)
        return names[index]


@dataclass(slots=True)
class _Pipe:
    """Ends a task, as the end of its standard input ends a process of this machine."""

    task: "ClusterTask"

    def close(self) -> None:
        self.task.cancel()


class ClusterTask:
    """A cell's task, which looks like a process: the exit status is that of the cell's process, wherever it ran.

    Args:
        ray: Ray.
        reference: Reference of the task's result.
    """

    def __init__(self, ray: Any, reference: Any) -> None:
        self.ray, self.reference = ray, reference
        self.returncode: int | None = None
        self.stdin = _Pipe(self)

    def poll(self) -> int | None:
        """Return the exit status, or None while it runs or waits.

        Raises:
            SliceError: If the machine it was sent to cannot work on it.
        """
        if self.returncode is None and self.ray.wait([self.reference], timeout=0)[0]:
            self.returncode = self._result()
        return self.returncode

    def wait(self) -> int:
        """Wait for its end."""
        if self.returncode is None:
            self.returncode = self._result()
        return self.returncode

    def cancel(self) -> None:
        """End it and its process."""
        self.ray.cancel(self.reference, force=True)

    def _result(self) -> int:
        from ray.exceptions import RayError, RayTaskError

        try:
            return self.ray.get(self.reference)
        except RayTaskError as fault:
            raise SliceError(f"a machine of the cluster cannot train: {_one_line(fault.cause)}") from None
        except RayError:
            return KILLED


class ClusterStart:
    """Starts cells' processes on a cluster; called as `start_process` is.

    Args:
        ray: Ray, connected.
        slots: The cluster's.
        start: Starts a cell's process on the machine that gets the task.
    """

    def __init__(self, ray: Any, slots: ClusterSlots, start: Start = start_process) -> None:
        self.ray, self.start = ray, start
        needs = {"num_gpus": 1, "num_cpus": 1} if slots.has_gpus else {"num_cpus": 1}
        # -1: a lost machine is no reason to give up, however often it happens.
        self.task = ray.remote(**needs, max_retries=-1)(_train)

    def __call__(self, cell: Cell, device: str, threads: int) -> ClusterTask:
        """Send a cell to the cluster; which device it gets, Ray decides."""
        return ClusterTask(self.ray, self.task.remote(cell, self.start, *map(str, named_paths())))


def _train(cell: Cell, start: Start, *block_files: str) -> int:
    """Run a cell's process on a machine of the cluster, and return its exit status."""
    import ray

    if block_files:  # which the user has named where the study was started
        os.environ[VARIABLE] = os.pathsep.join(block_files)

    if not cell.root.is_dir():
        raise SliceError(
            f"{cell.root} is not there on {socket.gethostname()}; a study must lie on a disk that all share"
        )
    gpus = ray.get_gpu_ids()
    # Ultralytics sets this variable to the device that it is given, which must be the GPU's own number then.
    os.environ.pop("CUDA_VISIBLE_DEVICES", None)
    return start(cell, str(gpus[0]) if gpus else "cpu", 1).wait()


def _one_line(fault: object) -> str:
    return " ".join(str(fault).split())[:200] or type(fault).__name__
