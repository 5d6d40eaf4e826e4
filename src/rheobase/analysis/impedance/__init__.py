"""Impedance of a cell about an operating point, and what follows from it."""
