"""Pictures of every page of the app, over the ledger of the demo."""
