"""LINEAR blocks: simultaneous linear equations for the states that stand in them."""

import jax
import jax.numpy as jnp

from rheobase.kernel.newton import dependence, jacobian
from rheobase.kernel.small import solve_pivoted
from rheobase.mechanisms.nmodl.equations import Equations
from rheobase.mechanisms.nmodl.scope import Scope
from rheobase.mechanisms.nmodl.syntax import Block


def solve_linear(block: Block, scope: Scope) -> None:
    """Set the states of a LINEAR block to the solution of its equations.

    **Raises:** NmodlError if there are not as many equations as states.
    """
    system = Equations(block, scope)
    origin = [jnp.zeros(scope.shape) for _ in system.states]
    constant, tangent = jax.linearize(system.residual, origin)
    matrix = jacobian(tangent, origin, dependence(system.residual, origin))
    # What the block assigns comes from the states as they were, as NEURON has it.
    system.carry_out()
    system.set(solve_pivoted(matrix, [-one for one in constant]))
