"""Running: plan, fetch, stage, load, publish; every step in the ledger."""
