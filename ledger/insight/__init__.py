"""What runs say together: how much they vary, how groups of them compare, what they cost."""
