"""Samples cut into unbranched sections, as NEURON's Import3D cuts them.

The rules are those of NEURON 9's `Import3d_SWC_read` and `Import3d_GUI.instantiate`, stated here in full:

- A section ends where a sample branches, where the type changes, and where the next sample in order is not
  the only child. A chain of soma samples in order stays one section even if neurites leave it, except at a
  sample (other than the first) that has several soma children.
- A section that is no root begins with a copy of its parent sample. A neurite on a soma gives that copy the
  diameter of its own first sample.
- A soma of one sample becomes a cylinder of three points along x, as long as it is wide; so does the
  three-sample soma of NeuroMorpho.org (the root in the middle, equal radii, no other children on the outer
  two).
- Sections attach by their 0 end, to the parent's 1 end; to its 0 end if they leave the root's first sample
  or a neurite's first sample that a "wire" joins to the soma; to the middle of a soma whose inside they
  leave.
- A neurite of two samples or more that leaves the middle of a soma, or a soma sample where the soma itself
  branches, is joined by a wire: it keeps only its own samples, so that the way to the centre counts as no
  length.
- A section left with a single point, or with no length, is taken out and its children move to its parent.

A sample with a `joint` goes before all of these: its section has no copy of the parent, is joined where the joint
says, and does not cut the section that it leaves.

Where NEURON does what cannot be meant, Rheobase does not follow. Samples in an order in which NEURON would
join unrelated ones are put in depth-first order by the reader (see `joins_unrelated`). A further root joins
the middle of the root section without the way there, where NEURON reads outside its arrays.
"""

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rheobase.morphology.problem import Problem
from rheobase.morphology.samples import SOMA, Floats, Integers, MorphologyError, Samples, region_name

if TYPE_CHECKING:
    from rheobase.morphology.morphology import Morphology


@dataclass(frozen=True, slots=True, eq=False)
class SectionShape:
    """One unbranched section.

    **Attributes:** `name`, such as `"dend[3]"`; `type`, the SWC type; `points`, (n, 4) x, y, z, diameter in
    um, rounded to float32, read-only; `parent`, the index of the parent section in the same tuple, `None`
    for the root; `parent_x`, where on the parent (0, 0.5 or 1, or as a joint says);
    `child_end`, which end of this section is joined, always 0; `first` and `last`, the indices of its own
    samples, which stand together.
    """

    name: str
    type: int
    points: Floats
    parent: int | None
    parent_x: float
    child_end: int = 0
    first: int = 0
    last: int = 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SectionShape):
            return NotImplemented
        mine = (self.name, self.type, self.parent, self.parent_x, self.child_end)
        theirs = (other.name, other.type, other.parent, other.parent_x, other.child_end)
        return mine == theirs and np.array_equal(self.points, other.points)

    __hash__ = None  # type: ignore[assignment]  # an array is inside


def split_sections(morphology: "Morphology") -> tuple[SectionShape, ...]:
    """Cut a morphology into sections.

    **Returns:** the sections in NEURON's order: by type, each type in the order of the samples. Parents
    always come before their children: where the order by type would break that (an axon on a dendrite), all
    sections stand in the order of the samples.

    >>> from rheobase.morphology import read_swc
    >>> ball_and_sticks = read_swc('''
    ... 1 1  0  0 0 5 -1
    ... 2 3  0 20 0 1  1
    ... 3 3  0 90 0 1  2
    ... 4 2  0 -9 0 1  1
    ... 5 2 0 -99 0 1  4''')
    >>> [(s.name, len(s.points), s.parent, s.parent_x) for s in split_sections(ball_and_sticks)]
    [('soma[0]', 3, None, 1.0), ('axon[0]', 2, 0, 0.5), ('dend[0]', 2, 0, 0.5)]
    """
    return morphology.sections


def split_samples(samples: Samples) -> tuple[tuple[SectionShape, ...], list[Problem]]:
    """Cut samples into sections, and tell what had to be left out or guessed."""
    drafts = _draft_sections(samples, cut_samples(samples))
    problems = _shape_root(drafts[0], samples)
    problems += _take_out_lengthless(drafts[1:], samples)
    kept = [draft for draft in drafts if not draft.taken_out]
    numbers: Counter[int] = Counter()
    for draft in kept:
        draft.number = numbers[draft.type]
        numbers[draft.type] += 1
    by_type = sorted(kept, key=lambda draft: (draft.type, draft.number))
    place = {id(draft): k for k, draft in enumerate(by_type)}
    if any(draft.parent is not None and place[id(draft.parent)] > place[id(draft)] for draft in kept):
        by_type, place = kept, {id(draft): k for k, draft in enumerate(kept)}
    return tuple(_finished(draft, place) for draft in by_type), problems


@dataclass(slots=True)
class Cut:
    """Where samples are cut: section `k` owns the samples from `first[k]` up to, not including, `stop[k]`."""

    first: Integers
    stop: Integers
    parent: Integers  # of each sample; one differs from the samples' own in NeuroMorpho's soma
    soma_children: Integers  # of each sample
    at_start: NDArray[np.bool_]  # samples that join the 0 end of their parent's section
    sphere: bool  # samples 0 to 2 are NeuroMorpho's soma


def cut_samples(samples: Samples) -> Cut:
    """Find the first and last sample of every section."""
    n, kind, parent = len(samples), samples.type, samples.parent.copy()
    index = np.arange(n)
    jointed = ~np.isnan(samples.joint)
    child = (parent >= 0) & ~jointed
    soma = kind == SOMA
    follows = child & (parent == index - 1)
    alike = child & (kind[parent] == kind)
    count = np.bincount(parent[child], minlength=n)
    soma_children = np.bincount(parent[alike & soma], minlength=n)
    sphere = _is_sphere(samples, count)
    # A sample whose only child follows it and is of its type lies inside a section.
    inside = np.zeros(n, dtype=bool)
    inside[parent[follows & alike]] = True
    inside &= count == 1
    # So does the first sample of a neurite on the soma, or the first of a cell that begins without a soma,
    # whatever else leaves it: what does not follow it joins the 0 end of its section.
    starts = ~soma & child & soma[parent] & (index > 1)
    starts[0] = not soma[0]
    at_start = child & ~follows & starts[parent]
    last_child = np.full(n, -1)
    last_child[parent[child]] = index[child]
    gathers = np.zeros(n, dtype=bool)
    gathers[parent[at_start]] = True
    inside = np.where(gathers, kind[last_child] == kind, inside)
    if sphere:
        parent[2] = 1
    chained = soma[:-1] & soma[1:] & (parent[1:] == index[:-1])
    inside[:-1] |= chained & ((soma_children[:-1] <= 1) | (index[:-1] == 0))
    inside[:-1] &= ~jointed[1:]
    stop = np.flatnonzero(~inside) + 1
    return Cut(np.concatenate([[0], stop[:-1]]), stop, parent, soma_children, at_start, sphere)


def joins_unrelated(samples: Samples) -> bool:
    """Tell whether the rules, in this order of samples, would put a sample after one not its parent."""
    cut = cut_samples(samples)
    follows = cut.parent == np.arange(len(samples)) - 1
    follows[cut.first] = True
    return not bool(follows.all())


def _is_sphere(samples: Samples, count: Integers) -> bool:
    """Tell whether samples 0 to 2 are NeuroMorpho.org's notation of a spherical soma (within 1%)."""
    if len(samples) < 3 or int((samples.type == SOMA).sum()) != 3 or not np.isnan(samples.joint[:3]).all():
        return False
    if samples.parent[1:3].any() or count[1:3].any() or (samples.diam[1:3] != samples.diam[0]).any():
        return False
    span = float(np.linalg.norm(samples.xyz[1:3] - samples.xyz[0], axis=1).sum())
    return abs(span / float(samples.diam[0]) - 1) < 0.01


@dataclass(slots=True, eq=False)
class _Draft:
    """A section in the making, of the samples `first` to `last`."""

    type: int
    first: int
    last: int
    points: Floats
    parent: "_Draft | None" = None
    parent_x: float = 1.0
    taken_out: bool = False
    number: int = 0


def _draft_sections(samples: Samples, cut: Cut) -> list[_Draft]:
    rows = np.column_stack([samples.xyz, samples.diam])
    kinds, parents, joints = samples.type.tolist(), cut.parent.tolist(), samples.joint.tolist()
    section_of = np.repeat(np.arange(len(cut.first)), cut.stop - cut.first).tolist()
    root_stop = 1 if cut.sphere else int(cut.stop[0])
    root = _Draft(kinds[0], 0, root_stop - 1, rows[:root_stop])
    drafts = [root]
    for first, stop in zip(cut.first[1:].tolist(), cut.stop[1:].tolist(), strict=True):
        draft = _Draft(kinds[first], first, stop - 1, rows[first:stop])
        above = parents[first]
        if above < 0:
            draft.parent, draft.parent_x = root, 0.5
        elif not math.isnan(joints[first]):
            draft.parent, draft.parent_x = drafts[section_of[above]], joints[first]
        else:
            draft.parent = drafts[section_of[above]]
            draft.parent_x, wire = _joint(draft, draft.parent, above, bool(cut.soma_children[above] > 1))
            if cut.at_start[first]:
                draft.parent_x = 0.0
            if not wire:
                copy = rows[above : above + 1].copy()
                if draft.parent.type == SOMA != draft.type:
                    copy[0, 3] = draft.points[0, 3]
                draft.points = np.concatenate([copy, draft.points])
        drafts.append(draft)
    return drafts


def _joint(draft: _Draft, parent: _Draft, above: int, soma_branches: bool) -> tuple[float, bool]:
    """Give where on its parent a section joins, and whether by a wire."""
    neurite, several = draft.type != SOMA, draft.last > draft.first
    is_root, on_soma = parent.parent is None, parent.type == SOMA
    if is_root and on_soma and neurite and parent.first == parent.last:
        return 0.5, several
    if is_root and above == parent.first:
        return 0.0, neurite and soma_branches
    if on_soma and above < parent.last:
        return 0.5, neurite and several
    return 1.0, on_soma and neurite and several and soma_branches


def _shape_root(root: _Draft, samples: Samples) -> list[Problem]:
    """Make a root without a length a cylinder as long as it is wide, which has the area of the sphere."""
    if _has_length(root.points):
        return []
    count = len(root.points)
    x, y, z = root.points[0, :3]
    d = root.points[:, 3].max()
    root.points = np.array([(x - d / 2, y, z, d), (x, y, z, d), (x + d / 2, y, z, d)])
    if not _has_length(root.points.astype(np.float32)):
        raise MorphologyError(
            f"a sphere {d:g} um wide cannot be told from a point so far from the origin",
            line=int(samples.line[0]),
            hint="move the cell near the origin",
        )
    if count == 1:
        return []
    message = f"the first section's {count} samples lie at one place; they are taken as a sphere {d:g} um wide"
    return [Problem("zero-length", "warning", int(samples.line[0]), message, 0, repaired=True)]


def _take_out_lengthless(drafts: list[_Draft], samples: Samples) -> list[Problem]:
    """Mark sections that have no length, and move their children to the nearest section that stays."""
    problems = []
    for draft in drafts:
        while (above := draft.parent) is not None and above.taken_out:
            draft.parent, draft.parent_x = above.parent, above.parent_x
        if not _has_length(draft.points):
            draft.taken_out = True
            kind = region_name(draft.type)
            message = f"this {kind} section has no length and was left out; what follows it joins its parent"
            line = int(samples.line[draft.first])
            problems.append(Problem("zero-length", "warning", line, message, draft.first, repaired=True))
    return problems


def _has_length(points: NDArray[np.floating]) -> bool:
    return bool((points[1:, :3] != points[:-1, :3]).any())


def _finished(draft: _Draft, place: dict[int, int]) -> SectionShape:
    points = draft.points.astype(np.float32).astype(float)  # half a sphere's diameter away is rounded anew
    points.flags.writeable = False
    name = f"{region_name(draft.type)}[{draft.number}]"
    parent = None if draft.parent is None else place[id(draft.parent)]
    return SectionShape(name, draft.type, points, parent, draft.parent_x, first=draft.first, last=draft.last)
