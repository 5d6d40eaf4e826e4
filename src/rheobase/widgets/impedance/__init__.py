"""The Impedance tool: two electrodes, and what a sine of any frequency from one of them does everywhere."""

from rheobase.widgets.impedance.tool import Impedance as Impedance
