"""What schemathesis doesn't know of this API: who calls, from where, how one proves work, how SDP is
sent, and what a refusal must say.

Environment: SZPON_URL; SZPON_COOKIE, the value of a session cookie; SZPON_TOKEN, a bearer token;
SZPON_SELF, the caller's own id. Each of the last three may be empty.
"""

import itertools
import os

import requests
import schemathesis

URL = os.environ["SZPON_URL"]
COOKIE = os.environ["SZPON_COOKIE"]
TOKEN = os.environ["SZPON_TOKEN"]
SELF = os.environ["SZPON_SELF"]
# A proof is good once, so that a list of them would be used up.
WITH_PROOF = ("/booking/v1/public/holds", "/booking/v1/public/waiting")

calls = itertools.count(1)


def network():
    # Each call comes from a network of its own (loopback is a trusted proxy here), or the limits on
    # attempts would be all that is tested after the first hundred.
    n = next(calls)
    return f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"


def proof():
    answer = requests.post(
        f"{URL}/booking/v1/public/challenges", headers={"X-Forwarded-For": network()}
    )
    challenge = answer.json()
    # The server under test asks for no work (booking.work_numbers = 0).
    assert challenge.pop("max_number") == 0
    return {**challenge, "number": 0}


@schemathesis.hook
def before_call(context, case, **kwargs):
    case.headers["X-Forwarded-For"] = network()
    wanted = case.operation.path in WITH_PROOF and isinstance(case.body, dict)
    if wanted and case.meta is not None and case.meta.generation.mode.is_positive:
        case.body["proof"] = proof()


@schemathesis.hook
def filter_case(context, case):
    # Whoever ends their own sessions or gives up their own roles tests nothing afterwards.
    return not SELF or (case.path_parameters or {}).get("person") != SELF


@schemathesis.auth()
class Credentials:
    def get(self, case, context):
        return TOKEN or COOKIE or None

    def set(self, case, data, context):
        # The cookie is good for signalling alone, the token for the service it was signed for.
        if COOKIE and case.path.startswith("/api/"):
            case.cookies["szpon_session"] = COOKIE
        elif TOKEN and not case.path.startswith("/api/"):
            case.headers["Authorization"] = f"Bearer {TOKEN}"


@schemathesis.serializer("application/sdp", "application/trickle-ice-sdpfrag")
def sdp(ctx, value):
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.check
def refusals_name_their_fields(ctx, response, case):
    """A program that sends what the schema allows and is refused learns which field it was."""
    if response.status_code != 422:
        return
    problem = response.json()
    if problem["code"] == "invalid" and not problem.get("fields") and not problem.get("detail"):
        raise AssertionError(f"422 without a field: {problem}")
