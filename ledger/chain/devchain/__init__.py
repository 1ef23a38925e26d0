"""A development chain: eth-tester on py-evm, kept on disk, served as JSON-RPC on loopback.

Its parts are imported one by one: who its accounts are is asked everywhere, and py-evm is needed
only where the chain itself runs.
"""
