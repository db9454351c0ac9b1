"""Names of annotation's tasks."""

RUN_ASSERTIONS = "annotation.run_assertions"
COMPUTE_FIGURES = "annotation.compute_figures"
PLAY_TOURNAMENT = "annotation.play_tournament"
PROPOSE_CRITERIA = "annotation.propose_criteria"
