# make demo   everything from nothing to a trained model and an annotated video, in a virtual environment of its own
# make picture   the stock model on the same drawn pictures (after make demo), and both models' detections and maps side by side
# make test   the same for the tests: lint, the fast ones that touch Ultralytics on the oldest supported one, all on the newest
# make torture   tries to break every command, for as long as you like: make torture only=kills minutes=5 seed=1
# make fuzz     random commands of ours and of Ultralytics with slice models: make fuzz minutes=30 seed=1
# make canary   a part of the tests on a spread of published versions of Ultralytics: make canary count=6
# make apart  the tests that are too long for it: every shell block of the documentation, a little of every torture
# make fast   what to run while working: every kind of test, without training, exporting and complete sweeps

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
FLOOR = 8.4.0
ULTRALYTICS_TESTS = tests/integration tests/test_autoload.py tests/heads tests/blocks tests/test_blocks.py tests/metrics/test_validation_hook.py tests/cam/test_explainer.py

# Tests start many processes; without bytecode each compiles the package anew, and pytest every test file in every run.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo picture test apart fast torture fuzz canary lint types suite floor docs tables clean

demo: $(VENV)/base
	rm -rf demo
	$(BIN)/yolo-slice demo demo

picture: demo/best.pt
	$(BIN)/yolo-slice demo demo/stock model=yolov5n.yaml
	cp demo/stock/best.pt demo/stock.pt
	cp demo/best.pt demo/slice.pt
	$(BIN)/yolo-slice cam model=demo/stock.pt,demo/slice.pt source='demo/data/images/val/val_000*.jpg' \
		project=demo name=picture rows=3
	$(BIN)/python -c "from PIL import Image; Image.open('demo/picture/sheet.png').convert('RGB').save('docs/images/stock-and-slice.jpg', quality=88)"

demo/best.pt:
	$(MAKE) demo

test: lint floor suite

fast: $(VENV)/dev
	OMP_NUM_THREADS=1 $(BIN)/pytest -q -n 2 --dist worksteal -m "not slow and not long and not apart"

torture: $(VENV)/dev
	$(BIN)/python -m torture $(foreach key,only case minutes seed trial fast keep,$(if $($(key)),$(key)=$($(key))))

fuzz: $(VENV)/dev
	$(BIN)/python -m torture only=fuzz,stock_fuzz $(foreach key,minutes seed trial keep,$(if $($(key)),$(key)=$($(key))))

canary: $(VENV)/dev
	$(BIN)/python -m canary folder=$(VENV)/canary $(foreach key,versions count tests,$(if $($(key)),$(key)=$($(key))))

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev
	$(BIN)/pyright --pythonpath $(BIN)/python

suite: $(VENV)/dev
	OMP_NUM_THREADS=1 $(BIN)/pytest -q -n 2 --dist worksteal --durations=10 -m "not apart"

apart: $(VENV)/dev
	OMP_NUM_THREADS=1 $(BIN)/pytest -q -n 2 --dist worksteal -m apart

floor: $(VENV)/floor
	OMP_NUM_THREADS=1 PYTHONPATH=$(abspath $(VENV))/floor $(BIN)/pytest -q -n 2 --dist worksteal -m "(not slow or floor) and not apart" $(ULTRALYTICS_TESTS)

docs: $(VENV)-docs/done
	$(VENV)-docs/bin/zensical build --clean

tables: $(VENV)/base
	$(BIN)/yolo-slice list readme=True

clean:
	rm -rf $(VENV) $(VENV)-docs demo site

$(VENV)/base: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -e .
	touch $@

$(VENV)/dev: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q -e '.[dev]'
	touch $@

$(VENV)-docs/done:
	$(PYTHON) -m venv $(VENV)-docs
	$(VENV)-docs/bin/pip install -q 'zensical>=0.0.58'
	touch $@

$(VENV)/floor: $(VENV)/dev
	rm -rf $@
	$(BIN)/pip install -q --no-deps --target $@ ultralytics==$(FLOOR)
