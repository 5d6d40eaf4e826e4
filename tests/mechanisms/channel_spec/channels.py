"""Channels that several tests build."""

from typing import Any

import rheobase as rb

channel: Any = rb.channel


def sodium() -> rb.ChannelSpec:
    """As in `hh`."""
    gates = [
        channel.Gate("m", 3, alpha=channel.Linoid(1, 0.1, -40), beta=channel.Exponential(4, -1 / 18, -65), q10=3),
        channel.Gate("h", alpha=channel.Exponential(0.07, -0.05, -65), beta=channel.Sigmoid(1, 0.1, -35), q10=3),
    ]
    return rb.ChannelSpec("hna", ion="na", gmax=0.12, gates=gates)


def potassium() -> rb.ChannelSpec:
    """As in `hh`."""
    n = channel.Gate("n", 4, alpha=channel.Linoid(0.1, 0.1, -55), beta=channel.Exponential(0.125, -1 / 80, -65), q10=3)
    return rb.ChannelSpec("hk", ion="k", gmax=0.036, gates=[n])


def three_states(**fields: Any) -> rb.ChannelSpec:
    """A scheme with a closed, an open and an inactivated state in a ring."""
    s = channel.Gate(
        "s",
        states=[channel.State("C"), channel.State("O", 1), channel.State("I")],
        transitions=[
            channel.Transition(
                "C", "O", pair(channel.Exponential(0.5, 0.04, -30), channel.Exponential(0.4, -0.03, -30))
            ),
            channel.Transition("O", "I", pair(channel.Constant(0.2), channel.Sigmoid(0.05, -0.1, -60))),
            channel.Transition("I", "C", pair(channel.Exponential(0.02, -0.02, -50), channel.Constant(0.01))),
        ],
        q10=2,
        reference=20,
    )
    return rb.ChannelSpec("ring", **{"ion": "na", "gmax": 0.02, "gates": [s], **fields})


def pair(alpha: Any, beta: Any, **fields: Any) -> Any:
    return channel.AlphaBeta(alpha, beta, **fields)
