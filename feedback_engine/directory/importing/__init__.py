"""From a spreadsheet to the register: read a table, guess its columns, plan what changes, write it."""
