"""Records of simulated networks with the truth about them: what failed when, for whom, why. Seeded, without sockets or clocks."""
