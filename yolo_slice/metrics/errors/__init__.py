"""Why a detector is wrong: the kinds of errors of TIDE, what each costs, and pictures of the worst."""
