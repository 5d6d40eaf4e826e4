"""Channels that a person builds: rates, gates and kinetic schemes as a document, compiled to a mechanism."""

from rheobase.mechanisms.channel_spec.channel import Channel as Channel
from rheobase.mechanisms.channel_spec.forms import (
    Constant as Constant,
    Exponential as Exponential,
    Form as Form,
    Formula as Formula,
    Linoid as Linoid,
    Sigmoid as Sigmoid,
    Table as Table,
)
from rheobase.mechanisms.channel_spec.kinetics import (
    AlphaBeta as AlphaBeta,
    BorgGraham as BorgGraham,
    Gate as Gate,
    InfTau as InfTau,
    Rates as Rates,
    Scheme as Scheme,
    State as State,
    Transition as Transition,
)
from rheobase.mechanisms.channel_spec.spec import ChannelSpec as ChannelSpec
