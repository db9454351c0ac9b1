"""How far annotators agree: coefficients with their intervals, and a sentence wherever there is no figure."""
