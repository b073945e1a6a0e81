"""PyTorch in eager mode with channels last in memory."""

from dataclasses import replace
from functools import partial

from yolo_slice.bench.runtimes import torch as eager

RUNTIME = replace(
    eager.RUNTIME,
    name="channels_last",
    title="PyTorch channels-last",
    open=partial(eager.open_session, channels_last=True),
)
