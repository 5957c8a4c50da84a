"""One module a model; each has `STUDIES`, functions without arguments that return a `Study`."""
