"""A runtime that models are measured in: see `runtimes/`, one file for each."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the table of runtimes is read before anything heavy is loaded
    import numpy as np


@dataclass(frozen=True, slots=True)
class Conditions:
    """What models are measured under; the same for all that are compared.

    Attributes:
        batch: Images at once.
        imgsz: Height and width, pixels.
        threads: CPU threads.
        device: "cpu", or the number of a GPU.
        half: Whether half precision is asked for.
    """

    batch: int
    imgsz: int
    threads: int = 1
    device: str = "cpu"
    half: bool = False

    @property
    def on_gpu(self) -> bool:
        """Whether a GPU is to run it."""
        return self.device != "cpu"

    def images(self) -> "np.ndarray":
        """Make the input: (batch, 3, imgsz, imgsz) float32, uniform in 0..1, always the same."""
        import numpy as np

        return np.random.default_rng(0).random((self.batch, 3, self.imgsz, self.imgsz), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Session:
    """A model that is loaded and has its input.

    Attributes:
        run: Runs the network once, without preprocessing and non-maximum suppression.
        precision: In which it computes: "fp32", ...
        kept_mb: What a forward pass keeps for the backward pass, where there is one: MB.
    """

    run: Callable[[], object]
    precision: str
    kept_mb: float | None = None


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a file of `runtimes/` says.

    Attributes:
        name: What `format=` calls it.
        title: For people.
        open: Loads a file under conditions.
        package: Distribution whose version is reported.
        modules: What it imports to run.
        install: What brings it.
        export: Ultralytics' name of the export format; empty where the weights themselves run.
        exporters: What else must be importable to export.
        calibrates: Whether Ultralytics exports int8 for it with ranges that it finds on images.
        on_gpu: Whether it can use a GPU here.
        as_timed: Makes Ultralytics, while it validates a file, use the precision that `open` uses.
        half_on: Where half precision can be asked for: "cpu", "gpu".
    """

    name: str
    title: str
    open: Callable[[Path, Conditions], Session]
    package: str
    modules: tuple[str, ...]
    install: str
    export: str = ""
    exporters: tuple[str, ...] = ()
    calibrates: bool = False
    on_gpu: bool = False
    as_timed: Callable[[Conditions], AbstractContextManager[object]] = nullcontext
    half_on: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """Its version; empty where it is not installed."""
        try:
            return version(self.package)
        except PackageNotFoundError:
            return ""

    def missing(self) -> list[str]:
        """List the modules that are not installed."""
        return [name for name in (*self.modules, *self.exporters) if find_spec(name) is None]

    def load(self) -> None:
        """Import what it runs with."""
        for name in self.modules:
            import_module(name)
