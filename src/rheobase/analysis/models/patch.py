"""The membrane of one place as a cell of its own."""

import math

import numpy as np

from rheobase.analysis.experiments import check_place
from rheobase.model import Cell, Location
from rheobase.simulate import Simulation
from rheobase.simulate.plans import inserted

_NAME = "patch"
_OF_IONS = ("reversal", "inside", "outside")


def membrane_patch(cell: Cell, site: Location) -> Cell:
    """Give a cell of one compartment that has the membrane of a segment: its area, mechanisms and their numbers.

    Nothing flows in from neighbours, and what is placed there stays behind: what is left is what the channels of that
    place do among themselves, in a phase plane for example.

    **Raises:** TypeError or KeyError for what is no place on the cell.

    >>> import rheobase as rb
    >>> cell = rb.Cell("cable")
    >>> axon = cell.add_section("axon", L=1000, diam=1, nseg=5)
    >>> _ = axon.insert("hh")
    >>> _ = axon.set("hh.gnabar", 0.2)
    >>> rb.membrane_patch(cell, axon(0.5)).values("hh.gnabar").tolist()
    [0.2]
    """
    check_place(cell, site)
    document = cell.document
    bare = Simulation(cell, tstop=1, record=[site.v])
    assembly = bare.assembly
    segment = assembly.grid.segment_at(site.section, site.x)
    area = float(assembly.areas(assembly.normalised({}))[segment])
    side = math.sqrt(area / math.pi)
    patch = Cell(f"{cell.name} at {site!r}")
    section = patch.add_section(_NAME, L=side, diam=side)
    here = [name for name, sections in inserted(cell).items() if site.section in sections]
    targets = ["cm"]
    ions: dict[str, None] = {}
    for name in here:
        definition = document.mechanism(name)
        section.insert(definition)
        targets += [f"{name}.{each.name}" for each in definition.parameters]
        ions |= dict.fromkeys(use.name for use in definition.ions)
    targets += [f"{ion}.{what}" for ion in ions for what in _OF_IONS]
    for target in targets:
        try:
            value, own = (float(np.ravel(each.values(target))[k]) for each, k in ((cell, segment), (patch, 0)))
        except (KeyError, ValueError, IndexError):
            continue  # an ion has no such number here, or it follows from others
        if value != own and math.isfinite(value):
            mechanism, _, parameter = target.partition(".")
            whole = mechanism in ions or _is_global(document.mechanism(mechanism) if parameter else None, parameter)
            (patch if whole else section).set(target, value)
    return patch


def _is_global(definition: object, parameter: str) -> bool:
    known = getattr(definition, "parameters", ())
    return any(each.name == parameter and each.scope == "global" for each in known)
