"""The SQL index: rebuilt from chain and block store, queried by the app and the command."""
