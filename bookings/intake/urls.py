"""The intake forms, for the people who work here: /bookings/intake-forms/"""

from django.urls import path

from bookings.intake import staff_views, writing_views

FORM, ASKED = "intake-forms/<int:pk>", "intake-forms/requests/<int:pk>"
PAPER = "bookings/intake/paper.html"
PRINT = "bookings/intake/request_paper.html"
urlpatterns = [
    path("intake-forms/", writing_views.IntakeFormListView.as_view(), name="intake_forms"),
    path("intake-forms/new/", writing_views.IntakeFormCreateView.as_view(), name="intake_form_create"),
    path(f"{FORM}/", writing_views.IntakeFormView.as_view(), name="intake_form"),
    path(f"{FORM}/edit/", writing_views.IntakeFormEditView.as_view(), name="intake_form_edit"),
    path(f"{FORM}/introduction/", writing_views.IntroductionView.as_view(), name="intake_introduction"),
    path(f"{FORM}/add/<slug:kind>/", writing_views.QuestionView.as_view(), name="intake_question_create"),
    path(f"{FORM}/questions/<slug:key>/", writing_views.QuestionView.as_view(), name="intake_question"),
    path(
        f"{FORM}/questions/<slug:key>/move/",
        writing_views.QuestionMoveView.as_view(),
        name="intake_question_move",
    ),
    path(
        f"{FORM}/questions/<slug:key>/remove/",
        writing_views.QuestionRemoveView.as_view(),
        name="intake_question_remove",
    ),
    path(f"{FORM}/publish/", writing_views.PublishView.as_view(), name="intake_publish"),
    path(f"{FORM}/discard/", writing_views.DiscardView.as_view(), name="intake_discard"),
    path(f"{FORM}/preview/", writing_views.PreviewView.as_view(), name="intake_preview"),
    path(f"{FORM}/paper/", writing_views.PreviewView.as_view(template_name=PAPER), name="intake_paper"),
    path(f"{FORM}/answers.csv", writing_views.ExportView.as_view(), name="intake_export"),
    path("intake-forms/requests/", staff_views.IntakeRequestListView.as_view(), name="intake_requests"),
    path(f"{ASKED}/", staff_views.IntakeRequestView.as_view(), name="intake_request"),
    path(f"{ASKED}/paper/", staff_views.IntakeRequestView.as_view(template_name=PRINT), name="intake_print"),
    path(f"{ASKED}/fill/", staff_views.FillView.as_view(), name="intake_fill"),
    path(f"{ASKED}/review/", staff_views.ReviewView.as_view(), name="intake_review"),
    path(f"{ASKED}/waive/", staff_views.WaiveView.as_view(), name="intake_waive"),
    path(f"{ASKED}/resend/", staff_views.ResendView.as_view(), name="intake_resend"),
    path(f"{ASKED}/ask-again/", staff_views.AskAgainView.as_view(), name="intake_ask_again"),
    path(f"{ASKED}/new-link/", staff_views.RenewLinkView.as_view(), name="intake_new_link"),
    path(f"{ASKED}/files/<int:file>/", staff_views.FileView.as_view(), name="intake_file"),
]
