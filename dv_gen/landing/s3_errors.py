"""What S3 and boto3 complain about, in one sentence without secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dv_gen.errors import LandingError
from dv_gen.texttable import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEYS = "check the access key and its secret (environment, profile or role) for this endpoint"
_ASKED = "{what} was asked of S3"
_THROTTLED = (
    "S3 asked to slow down and did not stop asking while {what} was fetched.",
    "wait a while and run again, or use fewer threads",
)
_REDIRECTED = (
    "The bucket {bucket} is not in the region it was looked for in{region}.",
    "set the right region in the target",
)
_REPLACED = (
    "{what} was replaced while it was being fetched: run again.",
    "the listing and the content no longer belong together",
)
_DENIED = (
    "S3 denied access to {what}.",
    "the credentials need s3:ListBucket on the bucket and s3:GetObject on its keys",
)
_EXPIRED = ("The AWS credentials have expired.", "get new ones, or log in again, then run again")

# code of the answer -> sentence, hint
_BY_CODE: Mapping[str, tuple[str, str]] = {
    "NoSuchKey": ("There is no {what}.", "it may have been removed since it was listed: run again"),
    "NoSuchBucket": (
        "There is no bucket {bucket}.",
        "check the name, the endpoint and the region of the landing root",
    ),
    "AccessDenied": _DENIED,
    "AllAccessDisabled": _DENIED,
    "InvalidAccessKeyId": ("The access key is unknown to S3 ({what}).", _KEYS),
    "SignatureDoesNotMatch": ("The secret does not belong to the access key ({what}).", _KEYS),
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "TokenRefreshRequired": _EXPIRED,
    "InvalidToken": _EXPIRED,
    "RequestTimeTooSkewed": (
        "The clock of this machine and that of S3 differ too much.",
        "set the clock right",
    ),
    "PermanentRedirect": _REDIRECTED,
    "AuthorizationHeaderMalformed": _REDIRECTED,
    "IllegalLocationConstraintException": _REDIRECTED,
    "TemporaryRedirect": _REDIRECTED,
    "PreconditionFailed": _REPLACED,
    "InvalidRange": _REPLACED,
    "InvalidObjectState": ("{what} is archived and cannot be read.", "restore it first"),
    "SlowDown": _THROTTLED,
    "Throttling": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "RequestLimitExceeded": _THROTTLED,
    "TooManyRequests": _THROTTLED,
    "ServiceUnavailable": _THROTTLED,
    "InvalidBucketName": (
        "{bucket} cannot be the name of a bucket.",
        "correct the landing root, s3://bucket/prefix",
    ),
}
_BY_STATUS = {
    "301": _REDIRECTED,
    "403": _DENIED,
    "404": _BY_CODE["NoSuchKey"],
    "412": _REPLACED,
    "416": _REPLACED,
    "429": _THROTTLED,
    "503": _THROTTLED,
}

# class of the exception -> sentence, hint
_BY_CLASS: Mapping[str, tuple[str, str]] = {
    "NoCredentialsError": (
        "No AWS credentials were found for the bucket {bucket}.",
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile, or use a role",
    ),
    "PartialCredentialsError": (
        "The AWS credentials are incomplete: the access key or its secret is missing.",
        "set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a whole profile",
    ),
    "CredentialRetrievalError": (
        "The AWS credentials could not be fetched for the bucket {bucket}.",
        "check the profile, the role or the program that provides them",
    ),
    "TokenRetrievalError": _EXPIRED,
    "SSOTokenLoadError": _EXPIRED,
    "UnauthorizedSSOTokenError": _EXPIRED,
    "ProfileNotFound": (
        "There is no AWS profile {profile}.",
        "check the profile's name in the target and in the AWS configuration files",
    ),
    "EndpointConnectionError": (
        "The S3 endpoint {endpoint} cannot be reached.",
        "check its address, the network and any proxy",
    ),
    "ConnectTimeoutError": (
        "The S3 endpoint {endpoint} does not answer.",
        "check its address, the network and any proxy",
    ),
    "ProxyConnectionError": (
        "The proxy on the way to the S3 endpoint {endpoint} cannot be reached.",
        "check the proxy settings of the environment",
    ),
    "SSLError": (
        "The certificate of the S3 endpoint {endpoint} was not accepted.",
        "check the address, or name the certificate authority in AWS_CA_BUNDLE",
    ),
    "ParamValidationError": _BY_CODE["InvalidBucketName"],
    "InvalidRegionError": (
        "The AWS region {where} cannot be a region's name.",
        "correct the region in the target or in the environment",
    ),
    "ConnectionClosedError": (
        "The connection to the S3 endpoint {endpoint} was lost over and over.",
        "check the network and run again: what was fetched is kept",
    ),
    "ReadTimeoutError": (
        "The S3 endpoint {endpoint} stopped answering.",
        "check the network and run again: what was fetched is kept",
    ),
    "ResponseStreamingError": (
        "The connection to the S3 endpoint {endpoint} broke over and over.",
        "check the network and run again: what was fetched is kept",
    ),
}
_OTHER = ("S3 could not be used for {what} ({code}).", "check the endpoint and the landing root")


@dataclass(frozen=True)
class Where:
    """What was being asked for, to be named in messages."""

    bucket: str
    endpoint: str | None
    region: str | None
    profile: str | None

    def explain(self, error: Exception, key: str | None = None) -> LandingError:
        """Return the sentence for an exception of boto3.

        The exception's own text stays out of it: it may hold an access key or an address with
        a password.

        Args:
            error: what boto3 raised.
            key: the object's key, or None if the bucket as a whole was asked.
        """
        code, response = type(error).__name__, getattr(error, "response", None)
        found = next(
            (_BY_CLASS[c.__name__] for c in type(error).__mro__ if c.__name__ in _BY_CLASS), None
        )
        right_region = ""
        if isinstance(response, dict):
            code = str(response.get("Error", {}).get("Code", ""))
            status = str(response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
            found = _BY_CODE.get(code) or _BY_STATUS.get(code) or _BY_STATUS.get(status)
            right_region = _region(response)
        if isinstance(error, ValueError) and found is None:
            found = (
                "{endpoint} cannot be an S3 endpoint.",
                "write http://host:port or https://host",
            )
        sentence, hint = found or _OTHER
        the_bucket = f"the bucket {self.bucket}"
        facts = {
            "what": f"{visible(key)} in {the_bucket}" if key else the_bucket,
            "bucket": self.bucket,
            "endpoint": _without_password(self.endpoint) or "of AWS",
            "where": self.region,
            "profile": self.profile,
            "region": f": it is in {right_region}" if right_region else "",
            "code": code,
        }
        return LandingError(sentence.format(**facts), hint=hint)


def _region(response: Mapping[str, Any]) -> str:
    """Return the region that an answer names as the right one, or an empty text."""
    headers = response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    named = response.get("Error", {}).get("Region") or headers.get("x-amz-bucket-region")
    return str(named or "")


def _without_password(endpoint: str | None) -> str:
    """Return scheme, host and port of an address."""
    if not endpoint:
        return ""
    parts = urlsplit(endpoint)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}" if host else "given"
