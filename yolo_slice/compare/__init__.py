"""Trained runs side by side in one table and one picture."""
