"""The stock `yolo` command: mistakes that we explain end in one line, and `yolo cam` is `yolo-slice cam`."""

import sys
from types import ModuleType
from typing import Any

from yolo_slice.cli import main
from yolo_slice.errors import SliceError, one_line
from yolo_slice.integration.replacing import Function, replace

ALIASES = frozenset({"cam"})  # commands of `yolo-slice` that `yolo` knows, too


def patch(cfg: ModuleType) -> None:
    """Wrap `ultralytics.cfg.entrypoint`, which is what the `yolo` script calls."""

    def wrap(stock: Function) -> Function:
        def entrypoint(*args: Any, **kwargs: Any) -> Any:
            if not args and not kwargs and sys.argv[1:2] and sys.argv[1] in ALIASES:
                raise SystemExit(main(sys.argv[1:]))
            try:
                return stock(*args, **kwargs)
            except SliceError as error:
                raise SystemExit(f"yolo-slice: {one_line(str(error))}") from None

        return entrypoint

    replace(cfg, "entrypoint", wrap)
