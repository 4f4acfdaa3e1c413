"""Pure. Formulas, one family a file, each with its source and units; every figure comes with its n and interval."""
