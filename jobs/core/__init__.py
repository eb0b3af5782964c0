"""What every stage stands on: settings, session, tables, ledger, specs, waves."""
