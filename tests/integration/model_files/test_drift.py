"""The drift guard runs before the first slice model of a process, and leaves every random generator as it found it."""

import subprocess
import sys

import pytest

CODE = """
import random
import numpy as np
import torch
import yolo_slice
from ultralytics import YOLO
from ultralytics.nn import tasks
from yolo_slice.integration.model_files.drift import find_fault

def generators():
    cuda = [x.tolist() for x in torch.cuda.get_rng_state_all()] if torch.cuda.is_available() else []
    return torch.get_rng_state().tolist(), cuda, str(np.random.get_state()), random.getstate()

def weights():
    torch.manual_seed(0)
    return torch.cat([p.flatten() for p in YOLO("yolov8n-slice.yaml").model.parameters()])

before = generators()
assert not find_fault(tasks.parse_model.yolo_slice_stock)
assert generators() == before
find_fault.cache_clear()
first, second = weights(), weights()
assert find_fault.cache_info().misses == 1
print(torch.equal(first, second), len(first) > 1_000_000)
"""


@pytest.mark.long
def test_the_first_slice_model_of_a_process_has_the_weights_of_its_seed() -> None:
    result = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=300, check=False)
    assert result.stdout.splitlines()[-1:] == ["True True"], result.stderr
