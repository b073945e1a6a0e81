"""Layers, layer outputs, class scores, model input and sources of a built model."""
