"""Variables along a path and over a cell."""
