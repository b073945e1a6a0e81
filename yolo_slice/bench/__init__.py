"""Measurements that need a clock or a trained model: what slicing costs, and whether exports find the same boxes."""
