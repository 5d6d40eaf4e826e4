"""Calcium that diffuses inwards through shells and binds to a buffer in each."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from jax import Array

from rheobase.kernel.newton import newton
from rheobase.kernel.system import Clock
from rheobase.mechanisms.ions import FARADAY, UseIon
from rheobase.mechanisms.mechanism import Mechanism
from rheobase.mechanisms.parameter import Parameter
from rheobase.mechanisms.registry import register

SHELLS = 4

# Shells of equal spacing, the outermost and the core half as thick; in parts of the radius, and of pi times its square.
_BOUNDS = [1.0, *(1 - (k + 0.5) / (SHELLS - 1) for k in range(SHELLS - 1)), 0.0]
_VOLUMES = [outer**2 - inner**2 for outer, inner in pairwise(_BOUNDS)]


@register
class CalciumShells(Mechanism):
    """Calcium in four shells: influx, radial diffusion, a fixed buffer in each, and a saturating pump in the membrane.

    With `b` the free buffer of a shell, `V` its volume and `g` the ratio of the area between two shells to their
    distance, per length of the cylinder,

        V_k ca_k' = d (g_k (ca_{k-1} - ca_k) + g_{k+1} (ca_{k+1} - ca_k)) + V_k b_k'
        b_k' = -kf ca_k b_k + kb (total - b_k)

    and the outermost also has the influx and the pump, which stands still at rest. A step is implicit.
    """

    name = "ca_shells"
    parameters = (
        Parameter("d", 0.6, "um2/ms", minimum=0, maximum=1e9, doc="diffusion constant"),
        Parameter("total", 0.03, "mM", minimum=0, maximum=1e9, doc="buffer, free and bound"),
        Parameter("kf", 100.0, "1/mM/ms", minimum=0, maximum=1e9, doc="rate of binding"),
        Parameter("kb", 0.1, "1/ms", minimum=1e-12, maximum=1e9, doc="rate of unbinding"),
        Parameter("vmax", 2e-4, "mM um/ms", minimum=0, maximum=1e9, doc="fastest rate of the pump"),
        Parameter("km", 1e-3, "mM", minimum=1e-12, maximum=1e9, doc="calcium at which the pump is half as fast"),
        Parameter("rest", 5e-5, "mM", minimum=0, maximum=1e9, doc="calcium at rest"),
    )
    states = tuple(f"{name}[{k}]" for name in ("ca", "free") for k in range(SHELLS))
    units = dict.fromkeys(states, "mM")
    ions = (UseIon("ca", reads=("current",), writes=("inside",)),)
    geometry = ("diam",)
    source = (
        "De Schutter and Smolen 1998, in Methods in Neuronal Modeling, MIT Press, p 211; Carnevale and Hines 2006, "
        "The NEURON Book, chapter 9"
    )

    @staticmethod
    def initial(v: Array, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        ca = p.rest + 0 * v
        free = p.total * p.kb / (p.kb + p.kf * ca)
        return {"ca.inside": ca} | {f"ca[{k}]": ca for k in range(SHELLS)} | {f"free[{k}]": free for k in range(SHELLS)}

    @staticmethod
    def implied(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"ca.inside": _shells(s)[0][0]}

    @staticmethod
    def derivative(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        ca, free = _shells(s)
        bound = [p.kb * (p.total - b) - p.kf * c * b for c, b in zip(ca, free, strict=True)]
        # Into each shell, by pi and the square of the radius.
        flow = [volume * one for volume, one in zip(_VOLUMES, bound, strict=True)]
        for k, edge in enumerate(_BOUNDS[1:-1]):
            inwards = p.d * 4 / p.diam**2 * 2 * edge * (SHELLS - 1) * (ca[k] - ca[k + 1])
            flow[k], flow[k + 1] = flow[k] - inwards, flow[k + 1] + inwards
        pumped = p.vmax * (ca[0] / (ca[0] + p.km) - p.rest / (p.rest + p.km))
        flow[0] = flow[0] + 4 / p.diam * (-1e4 * ions.ca.current / (2 * FARADAY) - pumped)
        return {f"ca[{k}]": one / volume for k, (one, volume) in enumerate(zip(flow, _VOLUMES, strict=True))} | {
            f"free[{k}]": one for k, one in enumerate(bound)
        }

    @staticmethod
    def advance(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        old_ca, old_free = _shells(s)
        # Both sides by pi and the square of the radius.
        spread = p.d * clock.dt * 4 / p.diam**2
        surface = clock.dt * 4 / p.diam
        influx = -1e4 * ions.ca.current / (2 * FARADAY)

        def free_then(ca: list[Array]) -> list[Array]:
            bound = clock.dt * p.kb * p.total
            return [
                (free + bound) / (1 + clock.dt * (p.kf * one + p.kb)) for free, one in zip(old_free, ca, strict=True)
            ]

        def residual(ca: list[Array]) -> list[Array]:
            free = free_then(ca)
            left = [volume * (ca[k] - old_ca[k] - free[k] + old_free[k]) for k, volume in enumerate(_VOLUMES)]
            for k, bound in enumerate(_BOUNDS[1:-1]):
                flow = spread * 2 * bound * (SHELLS - 1) * (ca[k] - ca[k + 1])
                left[k] = left[k] + flow
                left[k + 1] = left[k + 1] - flow
            pumped = p.vmax * (ca[0] / (ca[0] + p.km) - p.rest / (p.rest + p.km))
            left[0] = left[0] - surface * (influx - pumped)
            return left

        ca = newton(residual, old_ca)
        free = free_then(ca)
        return {"ca.inside": ca[0]} | {
            f"{name}[{k}]": values[k] for name, values in (("ca", ca), ("free", free)) for k in range(SHELLS)
        }


def _shells(s: Any) -> tuple[list[Array], list[Array]]:
    """Calcium and free buffer of each shell, the outermost first."""
    ca, free = ([getattr(s, f"{name}[{k}]") for k in range(SHELLS)] for name in ("ca", "free"))
    return ca, free
