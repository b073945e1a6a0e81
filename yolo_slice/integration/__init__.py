"""The only code that knows Ultralytics' internals."""
