"""`yolo-slice eval`: COCO's and VOC's numbers of models, or of detections in files."""

from yolo_slice.metrics.settings import EvalSettings

EXAMPLE = "model=best.pt data=voc.yaml"
OF_VALIDATION = ("data", "split", "imgsz", "batch", "conf", "iou", "max_det", "device", "workers")


def run(settings: EvalSettings) -> int:
    """Evaluate, save and print."""
    from yolo_slice.metrics.opening import check_evaluation

    check_evaluation(settings)

    from yolo_slice.integration.folders import make_run_folder
    from yolo_slice.metrics.evaluation import evaluate_files, evaluate_models, report_text, save_report
    from yolo_slice.metrics.protocols.protocol import DETECTIONS

    if settings.truth is not None:
        evaluations = evaluate_files(
            settings.truth, settings.detections, settings, settings.split, settings.annotations
        )
    else:
        chosen = {key: getattr(settings, key) for key in OF_VALIDATION}
        if settings.protocol and settings.max_det is None:
            chosen["max_det"] = DETECTIONS[settings.protocol]
        evaluations = evaluate_models(settings.model, settings, settings.annotations, **chosen)
    folder = make_run_folder(settings.project, settings.name, settings.exist_ok)
    painters = {}
    if settings.errors and settings.model:
        from yolo_slice.cli.miss_maps import make_painters

        painters = make_painters(settings.model, settings.conf, settings.imgsz, settings.device)
    save_report(evaluations, folder, settings.images, painters)
    print(f"\n{report_text(evaluations)}\n\nResults saved to {folder}")
    return 0
