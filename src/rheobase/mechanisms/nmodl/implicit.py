"""Implicit steps of DERIVATIVE blocks, by the method `derivimplicit`, and NONLINEAR blocks: Newton's method.

The step is implicit Euler of all equations together, `(x - s) / dt = f(x)`. Equations that are linear in their states
are solved at once.
"""

from typing import Any

from jax import Array

from rheobase.kernel.newton import newton
from rheobase.mechanisms.nmodl.equations import Equations
from rheobase.mechanisms.nmodl.evaluate import execute
from rheobase.mechanisms.nmodl.kinetic import STEADY_DT
from rheobase.mechanisms.nmodl.scope import Scope
from rheobase.mechanisms.nmodl.syntax import Block


def advance_implicit(block: Block, scope: Scope, dt: Any, pivoted: bool = False) -> None:
    """One implicit step of a DERIVATIVE block, setting the states and what the block assigns.

    **Arguments:** `pivoted`, whether `dt` is so long that the diagonal no longer dominates.
    """
    states = list(_rates(block, scope.copy()))
    old = [scope.array(scope.read(key)) for key in states]

    def residual(x: list[Array]) -> list[Array]:
        inside = scope.copy()
        inside.values.update(zip(states, x, strict=True))
        rates = _rates(block, inside)
        return [(one - before) / dt - scope.array(rates[key]) for key, one, before in zip(states, x, old, strict=True)]

    for key, value in zip(states, newton(residual, old, pivoted), strict=True):
        scope[key] = value
    _rates(block, scope)


def steady_implicit(block: Block, scope: Scope) -> None:
    """The states at which a DERIVATIVE block rests, found by a very long step from where they are."""
    advance_implicit(block, scope, STEADY_DT, pivoted=True)


def solve_nonlinear(block: Block, scope: Scope) -> None:
    """Set the states of a NONLINEAR block to a root of its equations, sought from where they are.

    **Raises:** NmodlError if there are not as many equations as states.
    """
    system = Equations(block, scope)
    system.set(newton(system.residual, system.values(), pivoted=True))
    system.carry_out()


def _rates(block: Block, scope: Scope) -> dict[str, Any]:
    """The rates by state that a DERIVATIVE block assigns when carried out in `scope`."""
    with scope.frame():
        execute(block.body, scope)
    return {key[:-1]: scope.values.pop(key) for key in sorted(scope.values) if key.endswith("'")}
