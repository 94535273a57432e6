"""Times of the database and times of Python are the same text where that is compared."""

from datetime import datetime

import pytest
from django.db import connection

from chat.models import Conversation
from chat.models.clock import Now

MOMENTS = [datetime.fromisoformat(f"2026-11-30 16:19:20.{ms}") for ms in ("000", "001", "870")]


@pytest.mark.sqlite
@pytest.mark.django_db
@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_a_time_of_sqlite_is_written_as_django_writes_it(moment):
    compiler = Conversation.objects.all().query.get_compiler(using="default")
    sql, _ = compiler.compile(Now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + sql.replace("'NOW'", f"'{moment}'") % ())
        (written,) = cursor.fetchone()
    assert written == connection.ops.adapt_datetimefield_value(moment) == str(moment)
