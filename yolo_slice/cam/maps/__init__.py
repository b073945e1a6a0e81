"""From a model and an image to one map: layers, gradients, merging."""
