"""What precision costs: deviations, tolerances, and methods compared."""
