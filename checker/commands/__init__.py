"""The commands, one module a verb: each a recipe from options to an exit status."""
