"""Measurements: what the operators cost."""
