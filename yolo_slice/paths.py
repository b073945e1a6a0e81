"""Where the shipped YAML files are: inside the installed package, or beside it in a checkout."""

from pathlib import Path

_here = Path(__file__).parent
CFG = next((p for p in (_here / "cfg", _here.parent / "cfg") if (p / "models").is_dir()), _here / "cfg")


def find_shipped(name: str) -> Path | None:
    """Find a shipped YAML file by its bare name, exactly, else ignoring case.

    Example:
        >>> find_shipped("yolov5-slice.yaml").name
        'yolov5-slice.yaml'
    """
    files = {p.name: p for p in sorted(CFG.rglob("*.yaml"))}
    folded = {p.name.casefold(): p for p in files.values()}
    return files.get(name) or folded.get(name.casefold())


def model_files() -> list[Path]:
    """List the shipped model files, sorted by family and name."""
    return sorted((CFG / "models").rglob("*.yaml"))
