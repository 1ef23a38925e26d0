"""The figures that C3O's authors published, in percent.

Source: Will et al., C3O: Collaborative Cluster Configuration Optimization for Distributed Data
Processing in Public Clouds, IC2E 2021; jobs in the order of `bench.prediction.c3o.JOBS`.
"""

ACCURACY = {
    "Ernest": (5.82, 39.38, 21.85, 15.31, 34.85),
    "GBM": (4.43, 2.74, 2.25, 2.17, 2.71),
    "BOM": (6.39, 12.95, 12.66, 5.74, 15.08),
    "OGB": (2.61, 9.35, 7.79, 5.50, 3.17),
    "C3O": (2.61, 2.74, 2.25, 2.17, 2.77),
}
"""MAPE over 300 random 90/10 splits."""

FEW = {"C3O": (3.1, 12.4, 13.6, 9.9, 11.6)}
"""MAPE with 30 training rows."""
