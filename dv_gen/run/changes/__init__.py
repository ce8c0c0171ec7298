"""A model that changes: how metadata, warehouse and ledger differ, and what a run does."""
