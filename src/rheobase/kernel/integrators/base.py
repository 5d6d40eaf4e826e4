"""What an integrator is, and the register of those there are."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from jax import Array

from rheobase.kernel.system import Program, State, System

Step: TypeAlias = Callable[[Program, System, State, Array, Array], State]


class Integrator(NamedTuple):
    """A scheme that carries a state over one step.

    **Fields:**

    - `name`, `description`: for people.
    - `order`: order of accuracy in time.
    - `step`: `(program, prepared system, state, t, dt) -> state`, pure.
    """

    name: str
    order: int
    description: str
    step: Step


_register: dict[str, Integrator] = {}


def register(integrator: Integrator) -> Integrator:
    """Make an integrator known by its name. **Raises:** ValueError when the name is taken."""
    if integrator.name in _register:
        raise ValueError(f"an integrator named {integrator.name!r} is registered already")
    _register[integrator.name] = integrator
    return integrator


def registered() -> dict[str, Integrator]:
    """The register, by name."""
    return dict(_register)
