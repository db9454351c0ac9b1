"""How far judgements hang on how the question was put: order, scale, wording, a neutral option."""
