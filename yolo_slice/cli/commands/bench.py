"""`yolo-slice bench`: what models cost, beside the first of them."""

from yolo_slice.bench.settings import BenchSettings

EXAMPLE = "model=yolov8n.yaml,yolov8n-slice.yaml format=torch,onnx"


def run(settings: BenchSettings) -> int:
    """Measure, save and print; exit status 1 if anything failed or is INVALID, 130 if Ctrl-C cut it short."""
    from yolo_slice.bench.opening import check_bench

    check_bench(settings)

    from yolo_slice.bench.folder import bench_folder
    from yolo_slice.bench.report import save_bench, text
    from yolo_slice.bench.run import run_bench

    with bench_folder(settings) as folder:
        bench = run_bench(settings, folder)
        save_bench(bench, folder)
    print(f"\n{text(bench)}\nResults saved to {folder}")
    if bench.is_cut_short:
        return 130
    return 0 if all(row.is_valid for row in bench.rows) else 1
