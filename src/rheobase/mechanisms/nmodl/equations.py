"""Blocks of simultaneous equations, `~ left = right`, as a function that is zero at their solution."""

import jax.numpy as jnp
from jax import Array

from rheobase.mechanisms.nmodl.evaluate import evaluate, execute
from rheobase.mechanisms.nmodl.scope import Scope, error_at
from rheobase.mechanisms.nmodl.syntax import Block, Equation


class Equations:
    """The equations of a LINEAR or NONLINEAR block in the scope where they are solved.

    **Fields:** `states`, the keys of the states that the block names.

    **Raises:** NmodlError if there are not as many equations as states.
    """

    def __init__(self, block: Block, scope: Scope) -> None:
        self.block = block
        self.scope = scope
        text = repr(block.body)
        named = [d.name for d in scope.context.file.states if f"name='{d.name}'" in text]
        self.states = [key for name in named for key in scope.keys(name)]
        count = len(self.residual(self.values()))
        if count != len(self.states):
            raise error_at(
                f"{block.name} has {count} equations for {len(self.states)} states, {', '.join(self.states)}",
                block.place,
                "write one equation for each state",
            )

    def values(self) -> list[Array]:
        """The states as they are."""
        return [self.scope.array(self.scope.read(key)) for key in self.states]

    def residual(self, x: list[Array]) -> list[Array]:
        """Right side less left side of each equation, at the states `x`."""
        inside = self.scope.copy()
        inside.values.update(zip(self.states, x, strict=True))
        return self._pass(inside)

    def carry_out(self) -> None:
        """Carry out the block in its scope, for what it assigns."""
        self._pass(self.scope)

    def set(self, x: list[Array]) -> None:
        """Set the states."""
        for key, value in zip(self.states, x, strict=True):
            self.scope[key] = value

    def _pass(self, scope: Scope) -> list[Array]:
        found: list[Array] = []

        def equation(statement: Equation, scope: Scope) -> None:
            difference = jnp.asarray(evaluate(statement.right, scope) - evaluate(statement.left, scope), float)
            found.append(jnp.broadcast_to(difference, scope.shape))

        handlers = dict(scope.handlers)
        scope.handlers[Equation] = equation
        with scope.frame():
            execute(self.block.body, scope)
        scope.handlers = handlers
        return found
