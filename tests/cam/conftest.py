"""What every test of cam needs; its folder is on the path, so that they can import `cam_fakes` and `toy_models`."""

import pytest
from ultralytics.nn.modules import Conv


@pytest.fixture(autouse=True)
def _own_activation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before 8.4.190 Ultralytics leaves a model file's activation (yolov6: ReLU) behind as everybody's default."""
    monkeypatch.setattr(Conv, "default_act", Conv.default_act)
