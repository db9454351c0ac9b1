"""Addresses of feedback mining; each route is named after its view."""

from django.urls import path

from feedback_mining.views import asking, criteria, evaluation, pairs, reports, review, runs, signals, wishes

app_name = "feedback_mining"
urlpatterns = [
    path("p/<slug:project_slug>/signals/", signals.signal_list, name="signal_list"),
    path("p/<slug:project_slug>/signals/mine/", signals.mining_start, name="mining_start"),
    path("p/<slug:project_slug>/signals/pairs/", signals.pair_building_start, name="pair_building_start"),
    path("p/<slug:project_slug>/signals/taxonomy/", criteria.taxonomy, name="taxonomy"),
    path("p/<slug:project_slug>/signals/work/", signals.mining_work, name="mining_work"),
    path("p/<slug:project_slug>/signals/measured/", signals.measured_card, name="measured_card"),
    path("p/<slug:project_slug>/signals/funnel/", signals.funnel_stage, name="funnel_stage"),
    path(
        "p/<slug:project_slug>/signals/<uuid:signal_uuid>/review/",
        signals.signal_review,
        name="signal_review",
    ),
    path(
        "p/<slug:project_slug>/conversations/<uuid:conversation_uuid>/signals/",
        signals.signal_panel,
        name="signal_panel",
    ),
    path("p/<slug:project_slug>/signals/review/", review.review_desk, name="review_desk"),
    path("p/<slug:project_slug>/signals/review/record/", review.review_record, name="review_record"),
    path("p/<slug:project_slug>/signals/review/figures/", review.review_figures, name="review_figures"),
    path(
        "p/<slug:project_slug>/conversations/<uuid:conversation_uuid>/missed/",
        review.missed_mark,
        name="missed_mark",
    ),
    path(
        "p/<slug:project_slug>/conversations/<uuid:conversation_uuid>/wishes/",
        wishes.wish_add,
        name="wish_add",
    ),
    path("p/<slug:project_slug>/wishes/<uuid:wish_uuid>/", wishes.wish_edit, name="wish_edit"),
    path("p/<slug:project_slug>/wishes/<uuid:wish_uuid>/remove/", wishes.wish_remove, name="wish_remove"),
    path("p/<slug:project_slug>/signals/runs/", runs.run_list, name="run_list"),
    path("p/<slug:project_slug>/signals/runs/compare/", runs.run_compare, name="run_compare"),
    path("p/<slug:project_slug>/pairs/<uuid:pair_uuid>/", pairs.pair_detail, name="pair_detail"),
    path("p/<slug:project_slug>/signals/rewrites/", pairs.rewrite_list, name="rewrite_list"),
    path("p/<slug:project_slug>/signals/rewrites/share/", pairs.rewrite_share, name="rewrite_share"),
    path(
        "p/<slug:project_slug>/signals/rewrites/<uuid:rewrite_uuid>/",
        pairs.rewrite_detail,
        name="rewrite_detail",
    ),
    path(
        "p/<slug:project_slug>/signals/rewrites/<uuid:rewrite_uuid>/save/",
        pairs.rewrite_save,
        name="rewrite_save",
    ),
    path(
        "p/<slug:project_slug>/signals/rewrites/<uuid:rewrite_uuid>/drop/",
        pairs.rewrite_drop,
        name="rewrite_drop",
    ),
    path("p/<slug:project_slug>/signals/report/", reports.report, name="report"),
    path("p/<slug:project_slug>/signals/report/words/", reports.report_words, name="report_words"),
    path("p/<slug:project_slug>/signals/taxonomy/add/", criteria.criterion_add, name="criterion_add"),
    path(
        "p/<slug:project_slug>/signals/taxonomy/<uuid:criterion_uuid>/archive/",
        criteria.criterion_archive,
        name="criterion_archive",
    ),
    path("p/<slug:project_slug>/signals/head/retrain/", review.head_retrain, name="head_retrain"),
    path("p/<slug:project_slug>/signals/head/revert/", review.head_revert, name="head_revert"),
    path("p/<slug:project_slug>/pairs/", pairs.pair_list, name="pair_list"),
    path("p/<slug:project_slug>/signals/wishes/", asking.wish_list, name="wish_list"),
    path("p/<slug:project_slug>/signals/rubrics/", asking.rubric_list, name="rubric_list"),
    path("p/<slug:project_slug>/signals/pairs/write/", asking.pair_writing, name="pair_writing"),
    path(
        "p/<slug:project_slug>/responses/<uuid:set_uuid>/judgements/",
        evaluation.set_judgements,
        name="set_judgements",
    ),
    path(
        "p/<slug:project_slug>/responses/<uuid:set_uuid>/judgements/new/",
        evaluation.judging_start,
        name="judging_start",
    ),
    path("p/<slug:project_slug>/judged/<uuid:pair_uuid>/", evaluation.judged_pair, name="judged_pair"),
]
