"""Names of annotation's tasks."""

RUN_ASSERTIONS = "annotation.run_assertions"
