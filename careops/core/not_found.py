"""What goes away just as somebody is about to do something with it."""

from django.http import Http404


class NotFoundMixin:
    """For a view that calls services: what is not there any more when they look is not found.

    :ivar gone: what services raise then
    """

    gone: type[Exception]

    def dispatch(self, request, *args, **kwargs):
        try:
            return super().dispatch(request, *args, **kwargs)
        except self.gone as error:
            raise Http404(str(error)) from error
