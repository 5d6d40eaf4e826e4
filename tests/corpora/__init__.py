"""Published mechanisms from packages, run here and in NEURON."""
