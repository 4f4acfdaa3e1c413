"""The ground and the roof of the feedback engine; the slices `journeys`, `surveys` and `alerts` stand between them."""
