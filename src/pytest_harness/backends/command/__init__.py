"""Any command line of the user's."""
