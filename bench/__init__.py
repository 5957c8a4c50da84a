"""Measurements: `make bench`. Ratios and medians of one run, side by side; nothing here asserts a time."""
