"""What is read of Ultralytics without importing it is what importing it gives."""

import sys
from pathlib import Path

import pytest
import ultralytics
from ultralytics.data.utils import IMG_FORMATS, VID_FORMATS
from ultralytics.utils import SETTINGS
from ultralytics.utils.downloads import GITHUB_ASSETS_NAMES

from yolo_slice.integration.folders import check_run_folder
from yolo_slice.integration.installed import constant, stored_setting, ultralytics_root


def test_constants_and_settings_are_ultralytics_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ultralytics_root() == Path(ultralytics.__file__).parent
    assert constant("data.utils", "IMG_FORMATS") == IMG_FORMATS
    assert constant("data.utils", "VID_FORMATS") == VID_FORMATS
    assert constant("utils.downloads", "GITHUB_ASSETS_NAMES") == GITHUB_ASSETS_NAMES
    assert constant("data.utils", "FORMATS_HELP_MSG").startswith("Supported formats")  # needs two others: imported
    assert [stored_setting(name) for name in ("datasets_dir", "weights_dir")] == [
        str(SETTINGS["datasets_dir"]),
        str(SETTINGS["weights_dir"]),
    ]
    monkeypatch.setenv("YOLO_CONFIG_DIR", "/nowhere")
    assert stored_setting("datasets_dir") is None


@pytest.mark.skipif(sys.platform == "win32", reason="folders there have other rights")
def test_a_place_where_no_run_folder_can_be(tmp_path: Path) -> None:
    check_run_folder(str(tmp_path / "runs" / "cam"), "cam")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "runs").touch()
    with pytest.raises(ValueError, match="runs is a file, not a folder"):
        check_run_folder(str(tmp_path / "runs" / "cam"), "cam")
