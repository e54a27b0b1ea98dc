"""What tests of several rooms share: a clock that is set, stations that are made up, a central system in one process."""
