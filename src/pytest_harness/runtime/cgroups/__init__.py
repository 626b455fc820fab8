"""Control groups, where the system grants them: limits of whole trees, and finding all of one."""
