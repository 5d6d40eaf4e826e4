"""Models that travel: to and from NEURON and NeuroML, and bundles that keep an analysis whole."""
