"""What an integrator is, and the register of those there are."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from jax import Array

from rheobase.kernel.system import Program, State, System

Step: TypeAlias = Callable[[Program, System, State, Array, Array], State]


class Integrator(NamedTuple):
    """A scheme that carries a state on in time.

    **Fields:**

    - `name`, `description`: for people.
    - `order`: order of accuracy in time; of one that changes its order the highest.
    - `step`: `(program, prepared system, state, t, dt) -> state`, pure; None for one that chooses its steps.
    - `adaptive`: whether it chooses its steps itself. `stiff`: whether it is made for stiff models.
    - `stability`, `when`: for people, what it is stable for and when to use it.
    """

    name: str
    order: int
    description: str
    step: Step | None
    adaptive: bool = False
    stiff: bool = True
    stability: str = ""
    when: str = ""


def step_of(integrator: Integrator) -> Step:
    """Its fixed step. **Raises:** ValueError for one that has none."""
    if integrator.step is None:
        raise ValueError(f"{integrator.name} chooses its own steps")
    return integrator.step


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
