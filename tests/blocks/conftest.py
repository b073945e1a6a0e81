"""Tests of blocks draw the same numbers in every run: a landing is no game of luck."""

import pytest
import torch


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)
