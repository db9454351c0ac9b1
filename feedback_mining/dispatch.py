"""Names of the mining tasks."""

MINE_FEEDBACK = "feedback_mining.mine_feedback"
BUILD_PAIRS = "feedback_mining.build_pairs"
RETRAIN_HEAD = "feedback_mining.retrain_head"
COLLECT_WISHES = "feedback_mining.collect_wishes"
LEARN_RUBRIC = "feedback_mining.learn_rubric"
