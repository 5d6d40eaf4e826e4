"""How a cell answers to currents and voltages given to it."""
