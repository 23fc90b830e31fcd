"""Plans of sweeps: reading them, checking them against their scenario, laying out their points."""
