"""The procedures of the network of kommuner (seed 002), played without a gateway."""
