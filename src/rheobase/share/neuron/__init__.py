"""To and from NEURON: a cell as a script, and a live cell of NEURON's as a cell of ours."""

from rheobase.share.neuron.export import export_neuron as export_neuron
from rheobase.share.neuron.live import from_neuron as from_neuron
