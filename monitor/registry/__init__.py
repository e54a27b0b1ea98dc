"""The facade over stations, sites, SIMs and owners: the directory in memory, import and change, life cycle."""
