"""What the traces of a run tell: spikes, features, currents, panels."""
