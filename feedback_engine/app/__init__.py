"""The roof: composes the slices into one engine; decides nothing."""
