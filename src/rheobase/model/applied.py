"""Parameters by the model's names put into a cell, as if a person had set them."""

from collections.abc import Mapping

from rheobase.model.cell import Cell
from rheobase.model.profile import Profile

_OF_RUNS = ("celsius", "v_init")


def with_parameters(cell: Cell, parameters: Mapping[str, float], name: str) -> tuple[Cell, dict[str, float]]:
    """A copy of a cell with parameters set, in one step of undo.

    **Arguments:** `parameters`: by the model's names. `name`: of the edit.

    **Returns:** the copy; and those parameters that are not of the cell but of its runs: `celsius`, `v_init`, and those
    of a protocol's stimuli.

    >>> cell = Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("hh")
    >>> found, left = with_parameters(cell, {"soma.hh.gnabar": 0.1, "soma.diam": 25.0, "celsius": 20.0}, "Fit")
    >>> found.values("hh.gnabar").tolist(), found.section("soma").diam, left
    ([0.1], 25.0, {'celsius': 20.0})
    """
    copy = cell.copy()
    placed = {each.name for each in copy.placed}
    left = {}
    with copy.edit(name):
        for parameter, value in parameters.items():
            owner, _, attribute = parameter.rpartition(".")
            if attribute in _OF_RUNS or parameter in _OF_RUNS:
                left[parameter] = value
            elif owner in placed:
                copy.process(owner).set(**{attribute: value})
            elif not _set(copy, parameter, value):
                left[parameter] = value
    return copy, left


def _set(cell: Cell, parameter: str, value: float) -> bool:
    place, _, target = parameter.partition(".")
    if place == "global":
        cell.set(target, value)
        return True
    wider, _, coefficient = target.rpartition(".")
    for each in cell.assignments:
        if (each.place, each.target) == (place, wider) and isinstance(each.value, Profile):
            cell[place].set(wider, each.value.with_coefficients(**{coefficient: value}))
            return True
    try:
        region = cell[place]
    except KeyError:
        return False  # the stimulus of a protocol
    ours = any((each.scope, each.place, each.target) == ("region", place, target) for each in cell.assignments)
    if place == "all" and not ours and target in ("Ra", "cm"):
        cell.set(target, value)
    else:
        region.set(target, value)
    return True
