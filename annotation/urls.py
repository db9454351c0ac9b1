"""Addresses of annotation; each route is named after its view."""

from django.urls import path

from annotation.views import (
    asking,
    assertions,
    attachments,
    blindness,
    criteria,
    criteria_grading,
    desk,
    my_desk,
    queue_rules,
    queue_setup,
    queues,
    story,
)

app_name = "annotation"
JUDGE = "p/<slug:project_slug>/judge/"
QUEUE = JUDGE + "<uuid:queue_uuid>/"
CRITERIA = "p/<slug:project_slug>/criteria/"
SET = CRITERIA + "<uuid:set_uuid>/"
CRITERION = CRITERIA + "criterion/<uuid:criterion_uuid>/"
urlpatterns = [
    path("p/<slug:project_slug>/story/", story.story_card, name="story_card"),
    path("p/<slug:project_slug>/story/answer/", story.story_answer, name="story_answer"),
    path(JUDGE, queues.queue_list, name="queue_list"),
    path(JUDGE + "mine/", queues.my_queues, name="my_queues"),
    path(JUDGE + "new/", queue_setup.queue_new, name="queue_new"),
    path(JUDGE + "new/preview/", queue_setup.queue_preview, name="queue_preview"),
    path(QUEUE + "blindness/", blindness.queue_blindness, name="queue_blindness"),
    path(JUDGE + "confirmation/", queues.confirmation_card, name="confirmation_card"),
    path(QUEUE, desk.desk, name="desk"),
    path(QUEUE + "submit/", desk.judgement_submit, name="judgement_submit"),
    path(QUEUE + "skip/", desk.task_skip, name="task_skip"),
    path(QUEUE + "undo/", desk.judgement_undo, name="judgement_undo"),
    path(JUDGE + "settings/", my_desk.desk_settings, name="desk_settings"),
    path(JUDGE + "hours/", my_desk.my_hours, name="my_hours"),
    path(QUEUE + "questions/", asking.precedent_list, name="precedent_list"),
    path(QUEUE + "questions/ask/", asking.question_ask, name="question_ask"),
    path(QUEUE + "questions/rule/", asking.question_rule, name="question_rule"),
    path(QUEUE + "guideline/read/", asking.guideline_acknowledge, name="guideline_acknowledge"),
    path(QUEUE + "preference/", my_desk.desk_preference, name="desk_preference"),
    path(QUEUE + "mine/", my_desk.desk_history, name="desk_history"),
    path(QUEUE + "mine/<uuid:annotation_uuid>/", my_desk.judgement_change, name="judgement_change"),
    path(JUDGE + "session/", desk.desk_session, name="desk_session"),
    path(QUEUE + "draft/<uuid:lease_uuid>/", desk.draft_save, name="draft_save"),
    path(QUEUE + "heartbeat/<uuid:lease_uuid>/", desk.heartbeat, name="heartbeat"),
    path(QUEUE + "files/<uuid:lease_uuid>/<uuid:attachment_uuid>/", attachments.task_file, name="task_file"),
    path(QUEUE + "about/", queues.queue_detail, name="queue_detail"),
    path(QUEUE + "fill/", queues.queue_fill, name="queue_fill"),
    path(QUEUE + "rules/", queue_rules.queue_rules, name="queue_rules"),
    path(QUEUE + "members/", queue_rules.queue_member_name, name="queue_member_name"),
    path(
        QUEUE + "members/<uuid:member_uuid>/drop/", queue_rules.queue_member_drop, name="queue_member_drop"
    ),
    path(QUEUE + "tasks/<uuid:task_uuid>/back/", queue_rules.task_put_back, name="task_put_back"),
    path(QUEUE + "places/", queue_rules.crossed_places_free, name="crossed_places_free"),
    path(QUEUE + "both.csv", queue_rules.crossed_file, name="crossed_file"),
    path(QUEUE + "progress/", queue_rules.queue_progress_panel, name="queue_progress_panel"),
    path(QUEUE + "prefetch/", queue_rules.task_prefetch, name="task_prefetch"),
    path(QUEUE + "toggle/", queues.queue_toggle, name="queue_toggle"),
    path(QUEUE + "screening/", queues.queue_screening, name="queue_screening"),
    path(QUEUE + "guideline/", queues.guideline_write, name="guideline_write"),
    path(QUEUE + "release/<uuid:lease_uuid>/", queues.lease_release, name="lease_release"),
    path(CRITERIA, criteria.criteria_list, name="criteria_list"),
    path(CRITERIA + "new/", criteria.criteria_set_create, name="criteria_set_create"),
    path(SET, criteria.criteria_set_detail, name="criteria_set_detail"),
    path(SET + "criterion/", criteria.criterion_create, name="criterion_create"),
    path(SET + "run/", assertions.assertions_run, name="assertions_run"),
    path(SET + "work/", assertions.assertions_work, name="assertions_work"),
    path(SET + "choose/", assertions.assertions_choose, name="assertions_choose"),
    path(SET + "grade/", criteria_grading.grade_next, name="grade_next"),
    path(SET + "grade/submit/", criteria_grading.grade_submit, name="grade_submit"),
    path(CRITERION + "reword/", criteria.criterion_reword, name="criterion_reword"),
    path(CRITERION + "archive/", criteria.criterion_archive, name="criterion_archive"),
    path(CRITERION + "assertion/", assertions.assertion_create, name="assertion_create"),
]
