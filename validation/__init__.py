"""Studies that show what the models can and cannot do: published cases, simulated truth, the track record."""
