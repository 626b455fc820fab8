"""Reports drawn from the ledger's records: JUnit, HTML, the terminal, tables.

Nothing here runs anything. Only `junit`, `html` and `terminal` know pytest.
"""
