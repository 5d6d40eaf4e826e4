"""What an integrator is, and the register of those there are."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import jax
from jax import Array

from rheobase.kernel.system import Program, State, System

Step: TypeAlias = Callable[[Program, System, State, Array, Array], State]


class Integrator(NamedTuple):
    """A scheme that carries a state on in time.

    A `step` is pure: it gives the state at `t + dt` and leaves its arguments alone. Events due at `t` were delivered
    before. What it may use: `rates`, `linearise` and `membrane` of the kernel tell how the model moves, `moved` takes a
    state along, `shown` brings the rest of the state up to date.

    **Fields:**

    - `name`, `description`: for people.
    - `order`: order of accuracy in time; of one that changes its order the highest.
    - `step`: `(program, prepared system, state, t, dt) -> state`, pure; None for one that chooses its steps.
    - `adaptive`: whether it chooses its steps itself. `stiff`: whether it is made for stiff models.
    - `stability`, `when`: for people, what it is stable for and when to use it.
    - `single`: whether it is for single compartments alone. `continuous`: whether it needs the rates of all
      mechanisms, so that one which steps by itself (`Mechanism.discrete`) is refused.
    - `subdivides`: whether it takes a `step` in parts as its error asks.
    """

    name: str
    order: int
    description: str
    step: Step | None
    adaptive: bool = False
    stiff: bool = True
    stability: str = ""
    when: str = ""
    single: bool = False
    continuous: bool = False
    subdivides: bool = False


def step_of(integrator: Integrator) -> Step:
    """Its fixed step. **Raises:** ValueError for one that has none."""
    if integrator.step is None:
        raise ValueError(f"{integrator.name} chooses its own steps")
    return integrator.step


_register: dict[str, Integrator] = {}


def register(integrator: Integrator, *, replace: bool = False) -> Integrator:
    """Make an integrator known by its name, so that `method="name"` runs it.

    **Arguments:** `replace`: whether it takes the place of another of its name, as when a notebook runs a cell again.

    **Raises:** ValueError when the name is taken.

    >>> from rheobase.kernel import Clock, Integrator, moved, rates, register, shown, unregister
    >>> def step(program, system, state, t, dt):
    ...     told = rates(program, system, state, Clock(t + dt / 2, dt))
    ...     return shown(program, system, moved(system, state, told, dt), Clock(t + dt, dt))
    >>> _ = register(Integrator("explicit_euler", 1, "Euler's method.", step, stiff=False, continuous=True))
    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("pas", g=1e-3, e=-70)    # a time constant of 1 ms
    >>> round(float(rb.run(cell, tstop=1, dt=0.5, v_init=-65, method="explicit_euler")[soma(0.5).v][-1]), 9)
    -68.75
    >>> unregister("explicit_euler")
    """
    if integrator.name in _register:
        if not replace:
            raise ValueError(
                f"an integrator named {integrator.name!r} is registered already; give replace=True to replace it"
            )
        unregister(integrator.name)
    _register[integrator.name] = integrator
    return integrator


def unregister(name: str) -> None:
    """Forget an integrator. **Raises:** KeyError for an unknown one."""
    del _register[name]
    # Compiled programs know their integrator by its name alone.
    jax.clear_caches()


def registered() -> dict[str, Integrator]:
    """The register, by name."""
    return dict(_register)
