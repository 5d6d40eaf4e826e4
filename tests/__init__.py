"""The tests; a package, so that another that calls itself `tests` cannot stand in its place."""
