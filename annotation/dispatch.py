"""Names of annotation's tasks."""

RUN_ASSERTIONS = "annotation.run_assertions"
COMPUTE_FIGURES = "annotation.compute_figures"
PUBLISH_CONSENSUS = "annotation.publish_consensus"
PLAY_TOURNAMENT = "annotation.play_tournament"
PROPOSE_CRITERIA = "annotation.propose_criteria"
VALIDATE_JUDGE = "annotation.validate_judge"
LABEL_BY_JUDGE = "annotation.label_by_judge"
