"""The errors and their costs by tidecv, the implementation of TIDE's authors, from the arrays of ours."""

import importlib

NAMES = {
    "classification": "ClassError",
    "localisation": "BoxError",
    "both": "OtherError",
    "duplicate": "DuplicateError",
    "background": "BackgroundError",
    "missed": "MissedError",
}


def error(name):
    """Return tidecv's class of a kind of errors; imported here, as it may not be installed."""
    return getattr(importlib.import_module("tidecv.errors.main_errors"), NAMES[name])


def run(truth, found):
    """Return a run of tidecv; scores must differ, as it sorts equal ones in an order of its own."""
    tidecv = importlib.import_module("tidecv")
    data, results = tidecv.Data("truth"), tidecv.Data("found")
    for n, name in enumerate(truth.images):
        data.add_image(n, name)
    for k, name in enumerate(truth.classes):
        data.add_class(k, name)
    for n, image in enumerate(truth.image.tolist()):
        is_crowd = truth.is_crowd[n] or truth.is_difficult[n]
        add = data.add_ignore_region if is_crowd else data.add_ground_truth
        add(image, int(truth.label[n]), truth.xywh[n].tolist(), [])
    for n, image in enumerate(found.image.tolist()):
        results.add_detection(image, int(found.label[n]), float(found.score[n]), found.xywh[n].tolist())
    return tidecv.TIDE().evaluate(data, results, mode=tidecv.TIDE.BOX)


def all_gains(one):
    """Return what tidecv itself reports, 0 to 1."""
    gains = one.fix_main_errors()
    main = {name: gains[error(name)] / 100 for name in NAMES}
    special = {kind.short_name: value / 100 for kind, value in one.fix_special_errors().items()}
    return main | {"false positives": special["FalsePos"], "false negatives": special["FalseNeg"]}


def class_ap(data):
    """Return AP50 of each class that tidecv counts, 0 to 1."""
    return {k: one.get_ap() / 100 for k, one in data.objs.items() if not one.is_empty()}


def mended(one, name, size=None):
    """Return AP50 of each class with the errors of a kind mended, in all or of one range of box areas."""
    test = None if size is None else lambda x: size[0] < x["bbox"][2] * x["bbox"][3] <= size[1]
    qualifier = importlib.import_module("tidecv.errors.qualifiers").Qualifier("", test)
    return class_ap(one.fix_errors(qualifier._make_error_func(error(name))))
