"""The manager's view of casework: targets met, time to contact and settlement, reopened, causes; by team and in all."""
