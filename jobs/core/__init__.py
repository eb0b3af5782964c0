"""The foundation of every stage: settings, session, tables, ledger, specs, waves."""
