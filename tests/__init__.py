"""Every check of the house; a folder a package, and those that need all of them."""
