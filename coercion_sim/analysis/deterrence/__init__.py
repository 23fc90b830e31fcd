"""What deters: the least pledge, the deterrence frontier, the least-cost coalition."""
