"""What a model costs: time, memory and accuracy of the files that are deployed, beside a baseline's."""
