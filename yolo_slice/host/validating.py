"""A validation by the host, as its own command does it."""


def measure_map(checkpoint: str, data: str, imgsz: int, device: str | None) -> dict[str, float]:
    """Validate a checkpoint on the validation split.

    Returns:
        The host's figures: precision, recall, mAP50, mAP50-95, by its names without the prefix.
    """
    from ultralytics import YOLO

    metrics = YOLO(checkpoint).val(data=data, imgsz=imgsz, device=device, plots=False, verbose=False)
    return {key.removeprefix("metrics/"): float(value) for key, value in metrics.results_dict.items()}
