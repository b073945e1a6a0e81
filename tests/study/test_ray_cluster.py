"""A study on a Ray cluster of two machines, of which one is lost; the cells' processes are fakes."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import small_study as fakes
from small_study import small_study, trained_by

from yolo_slice.errors import SliceError
from yolo_slice.study.announcements import Announcements
from yolo_slice.study.arms import Arm
from yolo_slice.study.cell import Cell
from yolo_slice.study.engine import Engine
from yolo_slice.study.ray_cluster import ClusterSlots, ClusterStart, connect
from yolo_slice.study.run import run_study
from yolo_slice.study.settings import StudySettings


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    import ray
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    ray.cloudpickle.register_pickle_by_value(fakes)
    try:
        yield made
    finally:
        ray.cloudpickle.unregister_pickle_by_value(fakes)
        ray.shutdown()
        made.shutdown()


def wait_until(condition: Callable[[], bool], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


@pytest.mark.slow
def test_a_lost_machine_costs_no_training(cluster: Any, tmp_path: Path) -> None:
    machines = [cluster.add_node(num_cpus=1) for _ in range(2)]
    ray = connect(cluster.address)
    slots = ClusterSlots(ray)
    wait_until(lambda: len(slots) == 2)
    cells = small_study(tmp_path)
    start = ClusterStart(ray, slots, partial(fakes.start_fake, FAKE_S="8"))
    study = threading.Thread(target=Engine(cells, slots, Announcements(cells, 2), start).run)
    study.start()
    wait_until(lambda: sum(bool(trained_by(cell)) for cell in cells) == 2)
    cluster.remove_node(machines[1], allow_graceful=False)
    study.join(180)
    assert not study.is_alive()
    assert [(cell.read_record() or {}).get("state") for cell in cells] == ["finished"] * 4
    assert sorted(len(trained_by(cell)) for cell in cells) == [1, 1, 1, 2]
    assert not [*tmp_path.rglob("claim*")]


def _is_trained(cell: Cell, times: int) -> bool:
    return len(trained_by(cell)) == times


@pytest.mark.slow
@pytest.mark.apart
def test_machines_may_be_lost_more_often_than_a_process_may_die(cluster: Any, tmp_path: Path) -> None:
    machine = cluster.add_node(num_cpus=1)
    ray = connect(cluster.address)
    slots = ClusterSlots(ray)
    wait_until(lambda: len(slots) == 1)
    cells = small_study(tmp_path, arms={"a": Arm("yolov5n.yaml")}, seeds=(0,))
    start = ClusterStart(ray, slots, partial(fakes.start_fake, FAKE_S="4"))
    study = threading.Thread(target=Engine(cells, slots, Announcements(cells, 1), start).run)
    study.start()
    for losses in range(1, 4):  # as often as makes a process that is ended count as failed
        wait_until(partial(_is_trained, cells[0], losses))
        cluster.remove_node(machine, allow_graceful=False)
        machine = cluster.add_node(num_cpus=1)
    study.join(180)
    assert not study.is_alive()
    assert len(trained_by(cells[0])) == 4
    assert (cells[0].read_record() or {}).get("state") == "finished"


@pytest.mark.long
def test_without_a_cluster_or_without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(SliceError, match=r"cluster=auto: no Ray cluster answers there .*ray start --head"):
        connect("auto")
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SliceError, match=r"pip install 'yolo-slice\[cluster\]'"):
        connect("auto")


def test_the_cluster_chooses_devices(tmp_path: Path) -> None:
    with pytest.raises(SliceError, match="devices= and cluster= cannot be given together"):
        run_study(StudySettings(folder=tmp_path, devices=("cpu",), cluster="auto"))
