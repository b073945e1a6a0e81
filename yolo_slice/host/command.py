"""The stock `yolo` command: mistakes that we explain end in one line instead of a traceback."""

from types import ModuleType
from typing import Any

from yolo_slice.errors import SliceError
from yolo_slice.host.replacing import Function, replace


def patch(cfg: ModuleType) -> None:
    """Wrap `ultralytics.cfg.entrypoint`, which is what the `yolo` script calls."""

    def wrap(stock: Function) -> Function:
        def entrypoint(*args: Any, **kwargs: Any) -> Any:
            try:
                return stock(*args, **kwargs)
            except SliceError as error:
                raise SystemExit(f"yolo-slice: {error}") from None

        return entrypoint

    replace(cfg, "entrypoint", wrap)
