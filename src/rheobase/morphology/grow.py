"""A made-up pyramidal cell, grown by chance and a few rules.

Every neurite is a walk of short steps. A step keeps the last direction, bent by a constant pull (a tropism)
and by chance. A branch of some order runs for a length drawn around that order's mean; it then ends, or
forks into two at an angle. Daughters share the parent's diameter by Rall's rule, the sum of diameters to
the power 3/2 being kept, and each branch tapers with length.

The numbers are round figures of the size found in rat cortical pyramidal cells, chosen for a picture that
is easy to read. The cell is for trying things and for teaching; it stands for no cell that was ever
recorded.

Sources of the rules: Rall (1959), *Exp. Neurol.* 1:491, for diameters; Cuntz, Forstner, Borst and Häusser
(2010), *PLoS Comput. Biol.* 6:e1000877, for what the branches of real cells look like.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rheobase.morphology.morphology import APIC, AXON, DEND, SOMA, Morphology
from rheobase.morphology.table import samples_from_table

Vector = NDArray[np.float64]

# Distance from the soma's centre along y and radius, um: a pear with its tip towards the apical dendrite.
_SOMA = ((-9.0, 3.0), (-6.5, 6.0), (-3.0, 8.2), (1.0, 8.0), (5.0, 5.8), (9.0, 3.6), (13.0, 2.4))


@dataclass(frozen=True)
class _Style:
    """How one kind of neurite grows; lengths in um, one for each order of branches."""

    kind: int
    lengths: tuple[float, ...]
    forks: tuple[float, ...]  # probability that a branch of each order forks
    angle: float  # of each daughter to its parent, radians
    pull: tuple[float, float, float]
    wobble: float
    taper: float  # part of the diameter lost in 100 um
    thinnest: float = 0.6
    step: float = 6.0


_AXON = _Style(AXON, (110.0,), (0.0,), 0.0, (0.0, -0.05, 0.0), 0.12, 0.10, step=8.0)
_BASAL = _Style(DEND, (26, 48, 92, 80), (1.0, 0.80, 0.15, 0.0), 0.50, (0.0, -0.010, 0.0), 0.20, 0.22)
_OBLIQUE = _Style(APIC, (52, 85, 70), (0.60, 0.10, 0.0), 0.50, (0.0, 0.02, 0.0), 0.20, 0.25)
_TRUNK = _Style(APIC, (42,), (0.0,), 0.0, (0.0, 0.08, 0.0), 0.12, 0.10)
_TUFT = _Style(APIC, (42, 68, 85, 70), (1.0, 0.95, 0.25, 0.0), 0.46, (0.0, 0.025, 0.0), 0.18, 0.20)


@dataclass
class _Tree:
    """Rows of an SWC table, written as they grow."""

    rows: list[tuple[float, ...]] = field(default_factory=list)

    def add(self, kind: int, place: Vector, radius: float, parent: int) -> int:
        """Write a sample, to a hundredth of a um, and give its id."""
        x, y, z = (round(float(value), 2) for value in place)
        self.rows.append((len(self.rows) + 1, kind, x, y, z, round(radius, 3), parent))
        return len(self.rows)


@dataclass(frozen=True)
class _Tip:
    """Where a neurite grows on."""

    sample: int
    place: Vector
    direction: Vector
    diam: float


def grow(seed: int = 2, *, basal: int = 6, obliques: int = 7, name: str = "grown pyramidal cell") -> Morphology:
    """Grow a pyramidal cell: soma, basal dendrites, apical trunk with obliques and tuft, a short axon.

    With the default numbers it has about 300 segments by d_lambda 0.1 at Ra 100 ohm cm and cm 1 uF/cm2; it
    is the cell that Rheobase ships as `grown_pyramidal.swc`.

    **Arguments:**

    - `seed`: of the random numbers; the same seed gives the same cell.
    - `basal`: number of basal dendrites, 0 or more.
    - `obliques`: number of oblique dendrites on the apical trunk, 0 or more; the trunk grows with it.
    - `name`: of the morphology.

    **Raises:** `ValueError` for a negative number.

    >>> grow() == grow(seed=2), grow() == grow(seed=3)
    (True, False)
    """
    if basal < 0 or obliques < 0:
        raise ValueError(f"basal = {basal} and obliques = {obliques}: must be 0 or more")
    # Only plain uniform numbers are drawn: their stream is the one least likely ever to change.
    chance = np.random.default_rng(seed)
    tree = _Tree()
    soma = 0
    for y, radius in _SOMA:
        soma = tree.add(SOMA, np.array([0.0, y, 0.0]), radius, soma or -1)
    _grow_branch(tree, chance, _AXON, _Tip(1, np.array([0.0, -9.0, 0.0]), np.array([0.0, -1.0, 0.0]), 2.0), 0)
    for k in range(basal):
        _grow_branch(tree, chance, _BASAL, _basal_stem(tree, chance, k, basal), 0)
    apical = _Tip(soma, np.array([0.0, 13.0, 0.0]), np.array([0.0, 1.0, 0.0]), 3.6)
    side = 1.0
    for _ in range(obliques):
        apical = _walk(tree, chance, _TRUNK, apical, 0)
        side = -side
        out = _unit(np.array([side, 0.35, chance.random() - 0.5]))
        _grow_branch(tree, chance, _OBLIQUE, _Tip(apical.sample, apical.place, out, 0.36 * apical.diam), 0)
    _grow_branch(tree, chance, _TUFT, _walk(tree, chance, _TRUNK, apical, 0), 0)
    table = np.array(tree.rows)
    samples, _ = samples_from_table(table, np.arange(1, len(table) + 1))  # nothing to repair
    return Morphology(name, samples)


def _basal_stem(tree: _Tree, chance: np.random.Generator, k: int, count: int) -> _Tip:
    """Start a basal dendrite on the lower half of the soma; the stems fan out all around."""
    around = 2 * math.pi * (k + 0.5 * chance.random()) / count
    direction = _unit(np.array([math.cos(around), -0.30 - 0.5 * chance.random(), 0.7 * math.sin(around)]))
    y, radius = _SOMA[2]
    place = np.array([0.0, y, 0.0]) + 0.9 * radius * direction
    diam = 1.5 + 0.4 * chance.random()
    return _Tip(tree.add(DEND, place, diam / 2, 3), place, direction, diam)


def _grow_branch(tree: _Tree, chance: np.random.Generator, style: _Style, tip: _Tip, order: int) -> None:
    """Grow a branch and all that forks from it."""
    tip = _walk(tree, chance, style, tip, order)
    if chance.random() >= style.forks[order]:
        return
    # Rall's 3/2 power, shared between a stronger and a weaker daughter.
    share = 0.5 + 0.12 * chance.random()
    across = _unit(np.cross(tip.direction, _unit(np.array([0.3, 0.3, 1.0]) * (chance.random(3) - 0.5))))
    for part, side in ((share, 1.0), (1 - share, -1.0)):
        angle = style.angle * (0.7 + 0.6 * chance.random())
        direction = _unit(math.cos(angle) * tip.direction + side * math.sin(angle) * across)
        daughter = _Tip(tip.sample, tip.place, direction, tip.diam * part ** (2 / 3))
        _grow_branch(tree, chance, style, daughter, order + 1)


def _walk(tree: _Tree, chance: np.random.Generator, style: _Style, tip: _Tip, order: int) -> _Tip:
    """Lay down the samples of one branch."""
    steps = max(2, round(style.lengths[order] * (0.75 + 0.5 * chance.random()) / style.step))
    sample, place, direction, diam = tip.sample, tip.place, tip.direction, max(tip.diam, style.thinnest)
    for _ in range(steps):
        direction = _unit(direction + np.array(style.pull) + style.wobble * (2 * chance.random(3) - 1))
        place = place + style.step * direction
        diam = max(style.thinnest, diam * (1 - style.taper * style.step / 100))
        sample = tree.add(style.kind, place, diam / 2, sample)
    return _Tip(sample, place, direction, diam)


def _unit(vector: Vector) -> Vector:
    return vector / math.sqrt(float(vector @ vector))
