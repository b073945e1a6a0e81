"""Where checkpoints written before `integration/` had its name look for a class of ours; nothing else is here."""
