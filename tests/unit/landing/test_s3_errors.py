"""Answers of S3 that no test server gives, as sentences."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, PartialCredentialsError

from dv_gen.landing.s3_errors import Where

WHERE = Where("landing", "https://me:hidden@s3.test:9000/x", "eu-west-1", None)


def refused(code: str, status: int = 400, **more: str) -> ClientError:
    answer = {
        "Error": {"Code": code, "Message": "AKIAHIDDEN", **more},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}},
    }
    return ClientError(answer, "GetObject")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (refused("AccessDenied", 403), "S3 denied access to in/a.csv in the bucket landing."),
        (refused("403", 403), "S3 denied access to in/a.csv in the bucket landing."),
        (
            refused("AuthorizationHeaderMalformed", Region="eu-north-1"),
            "The bucket landing is not in the region it was looked for in: it is in eu-north-1.",
        ),
        (
            refused("PermanentRedirect", 301),
            "The bucket landing is not in the region it was looked for in.",
        ),
        (refused("ExpiredToken"), "The AWS credentials have expired."),
        (
            refused("InternalError", 500),
            "S3 could not be used for in/a.csv in the bucket landing (InternalError).",
        ),
        (
            PartialCredentialsError(provider="env", cred_var="AKIAHIDDEN"),
            "The AWS credentials are incomplete: the access key or its secret is missing.",
        ),
    ],
)
def test_an_answer_becomes_one_sentence_without_secrets(error: Exception, sentence: str) -> None:
    explained = WHERE.explain(error, "in/a.csv")
    assert explained.message == sentence
    assert explained.hint
    assert "HIDDEN" not in str(explained)


def test_a_password_in_the_endpoint_is_not_repeated() -> None:
    assert WHERE.explain(ValueError("bad")).message == (
        "https://s3.test:9000 cannot be an S3 endpoint."
    )
