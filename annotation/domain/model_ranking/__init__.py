"""Which model people or judges prefer: strengths with intervals, groups, cycles, style, and tournaments."""
