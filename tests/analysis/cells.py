"""Small cells that the tests of analyses share, so that they share compiled programs too."""

from typing import Any

import rheobase as rb


def axon_patch() -> tuple[rb.Cell, Any]:
    """One segment of squid axon, 20 um long and wide."""
    cell = rb.Cell("patch")
    soma = cell.add_section("soma", L=20, diam=20)
    cell["soma"].insert("hh")
    return cell, soma


def bag(g: float = 1e-4, e: float = -65.0) -> tuple[rb.Cell, Any]:
    """A passive segment, 20 um long and wide, with a time constant of `1e-3 / g` ms."""
    cell = rb.Cell("bag")
    soma = cell.add_section("soma", L=20, diam=20)
    cell["soma"].insert("pas", g=g, e=e)
    return cell, soma


def resistance(cell: rb.Cell, g: float = 1e-4) -> float:
    """The input resistance of one passive segment, megohm."""
    return 1e-6 / (g * cell.area * 1e-8)
