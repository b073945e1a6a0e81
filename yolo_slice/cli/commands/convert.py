"""`yolo-slice convert`: a trained YOLO becomes a slice model."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from pathlib import Path

from yolo_slice.transfer.settings import ConvertSettings, Recipe

EXAMPLE = "model=best.pt to=slicesamp data=voc.yaml"


def run(settings: ConvertSettings) -> int:
    """Convert, then validate the model before and after."""
    from yolo_slice.transfer.opening import check_conversion

    check_conversion(settings)

    from yolo_slice.transfer import convert_weights

    recipe = {field.name: getattr(settings, field.name) for field in fields(Recipe)}
    yolo = convert_weights(settings.model, data=settings.data, out=settings.out, device=settings.device, **recipe)
    print(f"converted: {yolo.ckpt_path}")
    if settings.val and settings.data and settings.data.endswith((".yaml", ".yml")):
        print(f"\n{_other_classes(yolo.names.values(), settings.data) or _validate(settings, yolo.ckpt_path)}")
    print(f"Train on: yolo train model={yolo.ckpt_path} data={settings.data or 'your.yaml'}")
    return 0


def _other_classes(of_model: Iterable[str], data: str) -> str | None:
    """Say why the data set cannot judge the model: AP compares class numbers, whatever they are called."""
    from yolo_slice.integration.data.data_yaml import open_data_yaml

    known, asked = [*of_model], [*(open_data_yaml(data, download=True).names or ())]
    renamed = len(known) == len(asked) and any(a == b for a, b in zip(known, asked, strict=True))
    if not asked or renamed:
        return None
    return (
        f"AP before and after is not measured: {data} has other classes ({_shown(asked)}) than the model "
        f"({_shown(known)}). R2 above says what is kept; the images were all that was needed."
    )


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _validate(settings: ConvertSettings, converted: str | Path) -> str:
    from yolo_slice.integration.data.data_yaml import check_data
    from yolo_slice.metrics.evaluation import evaluate_models, report_text
    from yolo_slice.metrics.settings import Measures

    check_data(str(settings.data), "val")
    models = [settings.model, str(converted)]
    both = evaluate_models(models, Measures(), data=settings.data, imgsz=settings.imgsz, device=settings.device)
    before, after = both[0].coco["AP"], both[1].coco["AP"]
    ratio = f": {after / before:.1%}" if before > 0 else ""
    return f"{report_text(both)}\n\nAP {before:.4f} -> {after:.4f}{ratio}"
