"""The work on a cell that this process has claimed: train from where an earlier one stopped, measure, record."""

import json
import traceback
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from yolo_slice.atomic_file import write_whole
from yolo_slice.errors import SliceError
from yolo_slice.integration.model_files.block_key import open_blocks
from yolo_slice.integration.weights.checkpoint_facts import read_checkpoint
from yolo_slice.study.cell import RECORD, Cell
from yolo_slice.study.environment import describe_device, git_commit, host_name, plain, versions
from yolo_slice.study.final_numbers import measure
from yolo_slice.study.kept_epochs import KeptEpochs, Progress
from yolo_slice.study.meter import Meter, read_sessions, totals
from yolo_slice.study.protocol import Protocol
from yolo_slice.study.results_rows import epoch_rows
from yolo_slice.study.start import prepare_start
from yolo_slice.write_lock import only_writer


class CellWork:
    """One process's work on a cell.

    Args:
        cell: The cell.
        protocol: Its study's.
        device: Where to train.
    """

    def __init__(self, cell: Cell, protocol: Protocol, device: str) -> None:
        self.cell, self.protocol, self.device = cell, protocol, device
        self.kept = KeptEpochs(cell.folder)
        self.progress: Progress | None = None
        self.meter: Meter | None = None
        self.started = _now()
        self.settings: dict[str, Any] = {}
        self.setup = ExitStack()

    def save_meter(self) -> None:
        """Measure; a disk that is full then ends the training when it matters, not here."""
        with suppress(SliceError):
            if self.meter:
                self.meter.save()

    def do(self) -> dict[str, Any]:
        """Train, measure and write the record, of a failure, too."""
        try:
            self._train(prepare_start(self.cell, self.protocol, self.device))
            record = {**self._head("finished", None), **self._measure()}
        except Exception as fault:  # whatever ends a training ends this cell, and not the study
            traceback.print_exc()
            return self.fail(f"{type(fault).__name__}: {' '.join(str(fault).split())}")
        self._write(record)
        self.kept.discard()
        return record

    def fail(self, why: str) -> dict[str, Any]:
        """Write the record of a failure."""
        record = self._head("failed", why)
        self._write(record)
        return record

    def _write(self, record: Mapping[str, Any]) -> None:
        write_whole(self.cell.folder / RECORD, json.dumps(record, indent=1))

    def _train(self, start: str) -> None:
        self.progress = self.kept.read()
        if self.progress:
            self.kept.restore(self.progress)
            start = str(self.kept.file(self.progress.epoch))
            open_blocks(self.protocol.arms[self.cell.arm].model)  # another machine may have begun
        if not (self.progress and self.progress.is_ended):
            self._run(start)

    def _run(self, start: str) -> None:
        from ultralytics import YOLO

        arguments = train_arguments(self.cell, self.protocol, self.device)
        # The checkpoint knows the folder that it was trained in; the study may have been moved since.
        arguments |= {"resume": start, "save_dir": str(self.cell.folder)} if self.progress else {}
        yolo = YOLO(start)
        yolo.add_callback("on_pretrain_routine_end", self._begin)
        yolo.add_callback("on_model_save", self._keep)
        turn = self.cell.root / f"{self.cell.data}.turn"
        with self.setup:
            # Ultralytics writes labels.cache in place: trainings on one data set prepare it one after another.
            self.setup.enter_context(only_writer(self.cell.folder, turn, wait=True))
            self.meter = Meter(self.cell.folder, _now(), self.progress.epoch + 1 if self.progress else 1)
            yolo.train(**arguments)
        self.meter.stop()

    def _begin(self, trainer: Any) -> None:
        """Let the next one prepare the data, and take note of what training begins with."""
        self.setup.close()
        if Path(trainer.save_dir).resolve() != self.cell.folder.resolve():
            raise SliceError(f"the study was moved: its checkpoint belongs to {trainer.save_dir}; move it back")
        self.settings = {key: plain(value) for key, value in vars(trainer.args).items()}

    def _keep(self, trainer: Any) -> None:
        """Keep what Ultralytics has just written."""
        if trainer.args.batch != self.settings["batch"]:
            raise SliceError(
                f"memory ran out, and Ultralytics went on with batch={trainer.args.batch}, which would make this run "
                f"differ from the others; a study with a smaller batch= is needed"
            )
        epoch = trainer.epoch + 1
        is_best = trainer.best_fitness == trainer.fitness
        best = epoch if is_best or self.progress is None else self.progress.best
        self.progress = Progress(epoch, best, bool(trainer.stop))
        self.kept.keep(trainer.last, self.progress)
        self.save_meter()

    def _measure(self) -> dict[str, Any]:
        if self.progress is None or not self.progress.is_ended:
            raise SliceError("the training ended without a last checkpoint")
        weights = self.cell.folder / "weights"
        facts = read_checkpoint(weights / "last.pt")
        settings = {**facts.settings, **self.settings}
        last = measure(weights / "last.pt", self.progress.epoch, settings, self.device)
        is_same = self.progress.best == self.progress.epoch
        best = last if is_same else measure(weights / "best.pt", self.progress.best, settings, self.device)
        return {
            "settings": self._settings(settings),
            "parameters": facts.params,
            "gflops": round(facts.gflops, 3),
            "epochs": epoch_rows(self.cell.folder / "results.csv"),
            "last": last,
            "best": best,
            "latency": None,
        }

    def _settings(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of the training, as they were before it was resumed, without paths of this machine."""
        arm = self.protocol.arms[self.cell.arm]
        own = {"model": Path(arm.model).name, "data": self.cell.data, "resume": False}
        hidden = ("project", "name", "save_dir", "cfg")
        return {key: plain(value) for key, value in {**settings, **own}.items() if key not in hidden}

    def _head(self, state: str, error: str | None) -> dict[str, Any]:
        self.save_meter()
        sessions = self.meter.sessions if self.meter else read_sessions(self.cell.folder)
        cost = totals(sessions) if sessions else {}
        return {
            "study": self.protocol.study,
            "data": self.cell.data,
            "arm": self.cell.arm,
            "seed": self.cell.seed,
            "state": state,
            "error": error,
            "versions": versions(),
            "git": git_commit(),
            "device": describe_device(self.device),
            "host": host_name(),
            "started": sessions[0].started if sessions else self.started,
            "finished": _now(),
            **cost,
        }


def train_arguments(cell: Cell, protocol: Protocol, device: str) -> dict[str, Any]:
    """Return what `YOLO.train` is given for a cell."""
    return {
        **protocol.train,
        "data": protocol.data[cell.data],
        "seed": cell.seed,
        "device": device,
        "project": str(cell.folder.parent),
        "name": cell.folder.name,
        "exist_ok": True,
        # A model file never asks for weights; a checkpoint is what training starts from.
        "pretrained": protocol.arms[cell.arm].is_trained,
    }


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
