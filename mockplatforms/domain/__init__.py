"""The world: pure values and functions. No web, no disk, no wall clock, no unkeyed chance."""
