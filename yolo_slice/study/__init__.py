"""Many trainings as one experiment: models, data sets and seeds, one fair answer."""
