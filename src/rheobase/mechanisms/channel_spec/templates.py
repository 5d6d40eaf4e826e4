"""Channels to begin with."""

from collections.abc import Callable

from rheobase.mechanisms.channel_spec.channel import Channel
from rheobase.mechanisms.channel_spec.forms import Exponential, Linoid, Sigmoid
from rheobase.mechanisms.channel_spec.kinetics import AlphaBeta, Gate, Scheme, State, Transition


def _sodium() -> Channel:
    m = Gate("m", 3, alpha=Linoid(A=1, k=0.1, d=-40), beta=Exponential(A=4, k=-1 / 18, d=-65), q10=3)
    h = Gate("h", alpha=Exponential(A=0.07, k=-0.05, d=-65), beta=Sigmoid(A=1, k=0.1, d=-35), q10=3)
    return Channel(name="na_hh", ion="na", gmax=0.12, gates=(m, h))


def _potassium() -> Channel:
    n = Gate("n", 4, alpha=Linoid(A=0.1, k=0.1, d=-55), beta=Exponential(A=0.125, k=-1 / 80, d=-65), q10=3)
    return Channel(name="k_hh", ion="k", gmax=0.036, gates=(n,))


def _three_states() -> Channel:
    states = (
        State(name="C1", x=80, y=130),
        State(name="C2", x=240, y=130),
        State(name="O", conductance=1, x=400, y=130),
    )
    first = AlphaBeta(alpha=Exponential(A=1, k=0.04, d=-40), beta=Exponential(A=1, k=-0.04, d=-40))
    second = AlphaBeta(alpha=Exponential(A=2, k=0.02, d=-30), beta=Exponential(A=0.5, k=-0.03, d=-30))
    steps = (
        Transition(source="C1", target="C2", rates=first),
        Transition(source="C2", target="O", rates=second),
    )
    scheme = Scheme(states=states, transitions=steps)
    return Channel(name="three_states", ion="k", gmax=0.01, gates=(Gate("s", kinetics=scheme),))


TEMPLATES: dict[str, tuple[str, Callable[[], Channel]]] = {
    "na": ("Sodium of the squid axon", _sodium),
    "k": ("Potassium of the squid axon", _potassium),
    "three": ("Three states", _three_states),
}
"""A title and a maker by name. The first two have the rates of Hodgkin and Huxley 1952, J Physiol 117:500."""
