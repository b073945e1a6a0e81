"""Tells which version of Ultralytics breaks something: `make canary`, or `python -m canary count=8`."""
