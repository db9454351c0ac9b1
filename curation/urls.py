"""Addresses of curation; each route is named after its view."""

from django.urls import URLPattern, path

from curation.views import (
    accounts,
    attachments,
    comparing,
    conversations,
    datasets,
    enrichments,
    exports,
    finding,
    health,
    imports,
    jobs,
    measures,
    models,
    people,
    projects,
    recipes,
    responses,
    source_marks,
    tokens,
    versions,
    withdrawals,
)

app_name = "curation"
urlpatterns: list[URLPattern] = [
    path("healthz", health.healthz, name="healthz"),
    path("status/", health.status_strip, name="status_strip"),
    path("sign-in/", accounts.sign_in, name="sign_in"),
    path("sign-in/<str:uid>/<str:token>/", accounts.sign_in_link, name="sign_in_link"),
    path("sign-out/", accounts.sign_out, name="sign_out"),
    path("invitations/<str:token>/", accounts.invitation, name="invitation"),
    path("account/", accounts.account, name="account"),
    path("", projects.project_list, name="project_list"),
    path("projects/new/", projects.project_create, name="project_create"),
    path("projects/menu/", projects.project_menu, name="project_menu"),
    path("p/<slug:project_slug>/", projects.project_home, name="project_home"),
    path("p/<slug:project_slug>/settings/", projects.project_settings, name="project_settings"),
    path("p/<slug:project_slug>/people/", people.people, name="people"),
    path("p/<slug:project_slug>/people/invite/", people.invite_person, name="invite_person"),
    path(
        "p/<slug:project_slug>/people/<uuid:membership_uuid>/role/",
        people.change_member_role,
        name="change_member_role",
    ),
    path(
        "p/<slug:project_slug>/people/<uuid:membership_uuid>/remove/",
        people.remove_person,
        name="remove_person",
    ),
    path(
        "p/<slug:project_slug>/people/invitations/<uuid:invitation_uuid>/withdraw/",
        people.withdraw_invitation,
        name="withdraw_invitation",
    ),
    path("p/<slug:project_slug>/audit/", people.audit, name="audit"),
]

PROJECT = "p/<slug:project_slug>/"
JOB = PROJECT + "jobs/<uuid:job_uuid>/"
CONVERSATIONS = PROJECT + "conversations/"
CONVERSATION = CONVERSATIONS + "<uuid:conversation_uuid>/"
VIEWS = CONVERSATIONS + "views/"
VIEW = VIEWS + "<uuid:view_uuid>/"
IMPORTS = CONVERSATIONS + "imports/"
IMPORT = IMPORTS + "<uuid:batch_uuid>/"
DATASETS = PROJECT + "datasets/"
DATASET = DATASETS + "<uuid:dataset_uuid>/"
VERSION = DATASETS + "versions/<uuid:version_uuid>/"
urlpatterns += [
    path(IMPORTS + "drop-zone/", imports.drop_zone, name="drop_zone"),
    path(IMPORTS, imports.import_list, name="import_list"),
    path(IMPORTS + "start/", imports.import_start, name="import_start"),
    path(IMPORT, imports.import_detail, name="import_detail"),
    path(IMPORT + "progress/", imports.import_progress, name="import_progress"),
    path(IMPORT + "preview/", imports.import_preview, name="import_preview"),
    path(IMPORT + "discard/", imports.import_discard, name="import_discard"),
    path(IMPORT + "undo/", imports.import_undo, name="import_undo"),
    path(PROJECT + "jobs/", jobs.job_list, name="job_list"),
    path(JOB + "progress/", jobs.job_progress, name="job_progress"),
    path(JOB + "cancel/", jobs.job_cancel, name="job_cancel"),
    path(JOB + "resume/", jobs.job_resume, name="job_resume"),
    path(CONVERSATIONS, finding.conversation_list, name="conversation_list"),
    path(CONVERSATIONS + "total/", finding.conversation_total, name="conversation_total"),
    path(CONVERSATIONS + "search/", finding.conversation_search, name="conversation_search"),
    path(CONVERSATIONS + "topics/", finding.topic_list, name="topic_list"),
    path(CONVERSATIONS + "topics/find/", finding.topic_find, name="topic_find"),
    path(VIEWS, finding.saved_view_list, name="saved_view_list"),
    path(VIEWS + "save/", finding.saved_view_create, name="saved_view_create"),
    path(VIEW, finding.saved_view_detail, name="saved_view_detail"),
    path(VIEW + "rename/", finding.saved_view_rename, name="saved_view_rename"),
    path(VIEW + "archive/", finding.saved_view_archive, name="saved_view_archive"),
    path(CONVERSATION, conversations.conversation_detail, name="conversation_detail"),
    path(CONVERSATION + "messages/<int:position>/", conversations.message_body, name="message_body"),
    path(CONVERSATION + "messages/<int:position>/pieces/", conversations.message_chunk, name="message_chunk"),
    path(CONVERSATION + "answers/", comparing.answer_panel, name="answer_panel"),
    path(
        PROJECT + "responses/<uuid:left_uuid>/beside/<uuid:right_uuid>/",
        comparing.response_compare,
        name="response_compare",
    ),
    path(DATASETS + "rows/<uuid:row_uuid>/compare/", comparing.row_compare, name="row_compare"),
    path(CONVERSATION + "archive/", conversations.conversation_archive, name="conversation_archive"),
    path(CONVERSATION + "restore/", conversations.conversation_restore, name="conversation_restore"),
    path(CONVERSATION + "withdraw/", conversations.conversation_withdraw, name="conversation_withdraw"),
    path(DATASETS, datasets.dataset_list, name="dataset_list"),
    path(DATASETS + "new/", datasets.dataset_create, name="dataset_create"),
    path(DATASETS + "download/", datasets.download_card, name="download_card"),
    path(DATASETS + "funnel/", datasets.funnel, name="funnel"),
    path(DATASET, datasets.dataset_detail, name="dataset_detail"),
    path(DATASET + "recipe/", datasets.dataset_recipe, name="dataset_recipe"),
    path(DATASET + "freeze/", datasets.dataset_freeze, name="dataset_freeze"),
    path(VERSION, datasets.version_detail, name="version_detail"),
    path(VERSION + "files/", exports.version_exports, name="version_exports"),
    path(VERSION + "export/", exports.version_export, name="version_export"),
    path(DATASETS + "exports/<uuid:job_uuid>/file/", exports.export_file, name="export_file"),
]
MODELS = PROJECT + "models/"
ENDPOINT = MODELS + "endpoints/<uuid:endpoint_uuid>/"
RESPONSE_SETS = PROJECT + "responses/"
urlpatterns += [
    path(MODELS, models.model_list, name="model_list"),
    path(MODELS + "endpoints/new/", models.endpoint_create, name="endpoint_create"),
    path(ENDPOINT, models.endpoint_edit, name="endpoint_edit"),
    path(ENDPOINT + "try/", models.endpoint_try, name="endpoint_try"),
    path(ENDPOINT + "archive/", models.endpoint_archive, name="endpoint_archive"),
    path(MODELS + "<uuid:model_uuid>/terms/", models.model_terms, name="model_terms"),
    path(RESPONSE_SETS, responses.response_set_list, name="response_set_list"),
    path(RESPONSE_SETS + "new/", responses.response_set_create, name="response_set_create"),
    path(RESPONSE_SETS + "<uuid:set_uuid>/", responses.response_set_detail, name="response_set_detail"),
    path(RESPONSE_SETS + "<uuid:set_uuid>/again/", responses.response_set_again, name="response_set_again"),
]
TOKENS = PROJECT + "tokens/"
urlpatterns += [
    path(TOKENS, tokens.token_list, name="token_list"),
    path(TOKENS + "<uuid:token_uuid>/revoke/", tokens.token_revoke, name="token_revoke"),
]

ENRICHMENTS = PROJECT + "enrichments/"
ENRICHMENT = ENRICHMENTS + "<slug:name>/"
urlpatterns += [
    path(ENRICHMENTS, enrichments.enrichment_list, name="enrichment_list"),
    path(ENRICHMENTS + "table/", enrichments.enrichment_table, name="enrichment_table"),
    path(ENRICHMENT, enrichments.enrichment_findings, name="enrichment_findings"),
    path(ENRICHMENT + "run/", enrichments.enrichment_run, name="enrichment_run"),
    path(ENRICHMENT + "again/", enrichments.enrichment_again, name="enrichment_again"),
    path(ENRICHMENT + "settings/", enrichments.enrichment_settings, name="enrichment_settings"),
]
urlpatterns += [
    path(
        PROJECT + "attachments/<uuid:attachment_uuid>/", attachments.attachment_file, name="attachment_file"
    ),
    path(CONVERSATION + "source/", source_marks.source_panel, name="source_panel"),
]
urlpatterns += [
    path(DATASETS + "preview/", recipes.recipe_preview, name="recipe_preview"),
    path(DATASETS + "previews/<uuid:job_uuid>/", recipes.recipe_preview_result, name="recipe_preview_result"),
    path(DATASETS + "evaluations/", recipes.evaluation_texts, name="evaluation_texts"),
]
MEASURES = DATASETS + "measures/"
MEASURE = MEASURES + "<uuid:measure_uuid>/"
urlpatterns += [
    path(MEASURES, measures.measure_list, name="measure_list"),
    path(MEASURE, measures.measure_detail, name="measure_detail"),
    path(MEASURE + "run/", measures.measure_run, name="measure_run"),
    path(RESPONSE_SETS + "<uuid:set_uuid>/regression/", measures.set_regression, name="set_regression"),
]
urlpatterns += [path(CONVERSATIONS + "users/withdraw/", withdrawals.user_withdraw, name="user_withdraw")]
urlpatterns += [
    path(VERSION + "changes/", versions.version_diff, name="version_diff"),
    path(VERSION + "card/", versions.version_card, name="version_card"),
    path(VERSION + "card/file/", versions.version_card_file, name="version_card_file"),
]
