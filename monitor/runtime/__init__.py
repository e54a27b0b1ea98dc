"""The shell around the pure core: clock, intake, engine, sweeper, relay and bus, and the ports that readers use."""
