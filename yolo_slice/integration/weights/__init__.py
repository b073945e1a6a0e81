"""Checkpoints, and weights put where they belong in a changed model."""
