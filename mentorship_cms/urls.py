"""Addresses of the mentoring workspace. A host includes them once, beneath any prefix."""

from django.urls import path

from .views import (
    evaluations,
    flags,
    home,
    mentorships,
    progress,
    records,
    sheet_forms,
    sheets,
    talk,
)

app_name = "mentorship_cms"

urlpatterns = [
    path("", home.HomeView.as_view(), name="home"),
    # Coordinators
    path("all/", mentorships.ListView.as_view(), name="mentorships"),
    path("add/", mentorships.AddView.as_view(), name="mentorship_add"),
    # What is not clear to a reader
    path("unclear/", flags.QuestionsView.as_view(), name="questions"),
    path(
        "unclear/<str:kind>/<int:version>/<uuid:key>/",
        flags.UnclearView.as_view(),
        name="unclear",
    ),
    # A mentorship
    path("<uuid:mentorship_id>/", mentorships.MentorshipView.as_view(), name="mentorship"),
    path(
        "<uuid:mentorship_id>/frame/",
        mentorships.FrameView.as_view(),
        name="mentorship_frame",
    ),
    path(
        "<uuid:mentorship_id>/people/",
        mentorships.PeopleView.as_view(),
        name="mentorship_people",
    ),
    path("<uuid:mentorship_id>/end/", mentorships.EndView.as_view(), name="mentorship_end"),
    path(
        "<uuid:mentorship_id>/deputy/",
        mentorships.WindowsView.as_view(),
        name="mentorship_windows",
    ),
    path(
        "<uuid:mentorship_id>/deputy/<uuid:window_id>/close/",
        mentorships.CloseWindowView.as_view(),
        name="mentorship_window_close",
    ),
    path(
        "<uuid:mentorship_id>/evaluations/add/",
        mentorships.StartEvaluationView.as_view(),
        name="evaluation_add",
    ),
    path("<uuid:mentorship_id>/progress/", progress.ProgressView.as_view(), name="progress"),
    path(
        "<uuid:mentorship_id>/progress/<uuid:key>/",
        progress.CompetencyView.as_view(),
        name="progress_competency",
    ),
    path("<uuid:mentorship_id>/paper/", records.PaperView.as_view(), name="paper"),
    path("<uuid:mentorship_id>/record/", records.RecordView.as_view(), name="record"),
    path(
        "<uuid:mentorship_id>/record.json",
        records.RecordFileView.as_view(),
        name="record_file",
    ),
    # An evaluation
    path(
        "evaluations/<uuid:evaluation_id>/",
        evaluations.EvaluationView.as_view(),
        name="evaluation",
    ),
    path(
        "evaluations/<uuid:evaluation_id>/details/",
        evaluations.DetailsView.as_view(),
        name="evaluation_details",
    ),
    path(
        "evaluations/<uuid:evaluation_id>/discard/",
        evaluations.DiscardView.as_view(),
        name="evaluation_discard",
    ),
    path(
        "evaluations/<uuid:evaluation_id>/version/",
        evaluations.VersionView.as_view(),
        name="evaluation_version",
    ),
    path(
        "evaluations/<uuid:evaluation_id>/reveal/",
        evaluations.RevealView.as_view(),
        name="evaluation_reveal",
    ),
    path("evaluations/<uuid:evaluation_id>/talk/", talk.TalkView.as_view(), name="talk"),
    path(
        "evaluations/<uuid:evaluation_id>/talk/keep/",
        talk.KeepTalkView.as_view(),
        name="talk_keep",
    ),
    path("evaluations/<uuid:evaluation_id>/sign/", evaluations.SignView.as_view(), name="sign"),
    path(
        "evaluations/<uuid:evaluation_id>/missing/",
        evaluations.MissingView.as_view(),
        name="signature_missing",
    ),
    path(
        "evaluations/<uuid:evaluation_id>/correct/",
        evaluations.CorrectView.as_view(),
        name="evaluation_correct",
    ),
    path(
        "evaluations/<uuid:evaluation_id>/history/",
        evaluations.HistoryView.as_view(),
        name="evaluation_history",
    ),
    # One's own sheet
    path("evaluations/<uuid:evaluation_id>/sheet/", sheets.SheetView.as_view(), name="sheet"),
    path(
        "evaluations/<uuid:evaluation_id>/sheet/layout/",
        sheets.LayoutView.as_view(),
        name="sheet_layout",
    ),
    path(
        "evaluations/<uuid:evaluation_id>/sheet/all/",
        sheet_forms.AllView.as_view(),
        name="sheet_all",
    ),
    path(
        "evaluations/<uuid:evaluation_id>/sheet/area/<uuid:key>/",
        sheet_forms.AreaView.as_view(),
        name="sheet_area",
    ),
    path(
        "evaluations/<uuid:evaluation_id>/sheet/competency/<uuid:key>/",
        sheet_forms.CompetencyView.as_view(),
        name="sheet_competency",
    ),
    path(
        "evaluations/<uuid:evaluation_id>/sheet/remark/",
        sheet_forms.RemarkView.as_view(),
        name="sheet_remark",
    ),
    path(
        "evaluations/<uuid:evaluation_id>/sheet/keep/",
        sheet_forms.KeepView.as_view(),
        name="sheet_keep",
    ),
    path(
        "evaluations/<uuid:evaluation_id>/sheet/check/",
        sheets.CheckView.as_view(),
        name="sheet_check",
    ),
    path(
        "evaluations/<uuid:evaluation_id>/sheet/take-back/",
        sheets.TakeBackView.as_view(),
        name="sheet_take_back",
    ),
]
