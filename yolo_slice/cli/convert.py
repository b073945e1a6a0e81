"""`yolo-slice convert`: a trained YOLO becomes a slice model."""

from typing import Any, Literal

from yolo_slice.cli.parsers import add_settings_command

EXAMPLE = "yolo-slice convert model=best.pt to=slicesamp data=voc.yaml"


def add(commands: Any) -> None:
    """Add the command."""
    add_settings_command(commands, "convert", run_convert, EXAMPLE)


def run_convert(
    model: str,
    to: Literal["spd", "spd2x2", "slicesamp", "slice"],
    data: str | None = None,
    out: str | None = None,
    val: bool = True,
    rows: list[int] | None = None,
    stem: bool = False,
    act: Literal["GELU", "SiLU"] = "GELU",
    images: int = 96,
    steps: int = 150,
    rounds: int = 10,
    distil: int = 300,
    imgsz: int = 640,
    seed: int = 0,
    device: str | None = None,
) -> int:
    """Turn a trained model into a slice model without starting over.

    Args:
        model: checkpoint to convert; it stays as it is
        to: spd, spd2x2 (exact), slicesamp (fitted on images alone), or slice (an approximate start for training)
        data: images to calibrate on, labels not needed: data YAML (training split), folder, or list of files
        out: checkpoint to write (default: MODEL-TO.pt here); an interrupted conversion goes on when called again
        val: validate before and after, if data is a data YAML
        rows: layers to change (default: every strided convolution behind the stem)
        stem: change layer 0, too
        act: last activation of SliceSamp; GELU is the paper's
        images: how many images to calibrate on
        steps: gradient steps on each block and the layers behind it, after its closed-form fit; 0 for none
        rounds: of alternating least squares
        distil: gradient steps on all layers together at the end; 0 for none
        imgsz: longer side of the images, pixels
        seed: of the choice of images
        device: cpu, 0, mps, ...
    """
    from yolo_slice.metrics.evaluation import Measures, evaluate_models, report_text
    from yolo_slice.transfer import convert

    chosen = tuple(rows) if rows is not None else None
    settings = {"rows": chosen, "stem": stem, "act": act, "images": images, "steps": steps, "rounds": rounds}
    yolo = convert(model, to, data, out, device, distil=distil, imgsz=imgsz, seed=seed, **settings)
    print(f"converted: {yolo.ckpt_path}")
    if val and data and data.endswith((".yaml", ".yml")):
        both = evaluate_models([model, str(yolo.ckpt_path)], Measures(), data=data, imgsz=imgsz, device=device)
        before, after = both[0].coco["AP"], both[1].coco["AP"]
        print(
            f"\n{report_text(both)}\n\nAP {before:.4f} -> {after:.4f}"
            + (f": {after / before:.1%}" if before > 0 else "")
        )
    print(f"Train on: yolo train model={yolo.ckpt_path} data={data or 'your.yaml'}")
    return 0
