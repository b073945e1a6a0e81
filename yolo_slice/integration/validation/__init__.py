"""What a validation of Ultralytics found, and what it was compared with."""
