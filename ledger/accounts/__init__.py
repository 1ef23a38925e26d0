"""Who somebody is to this node: sign-ins by wallet, sessions, API tokens."""
