"""What schemathesis cannot know of the formats in /openapi.json: words that have them, and the lab that is there."""

import schemathesis
from hypothesis import strategies as st

LABS = st.sampled_from(["two-hosts", "other", "paced", "nowhere", "constructor", "__proto__"])
TIMES = st.sampled_from(["0s", "400ms", "1s", "1.5s", "2s", "9s", "1h"])
POSITIONS = st.integers(min_value=1, max_value=40).map(str)
LINES = st.sampled_from(
    [
        "step 100ms",
        "step 1s",
        "crash a",
        "power-on a",
        "link down a:eth0",
        "link up a:eth0",
        "crash nobody",
        "web",
        "a:eth0",
        "a:eth0@1s",
        "a:eth0#1",
        "{ flow: web, lost: { max: 1 } }",
        "node: a",
        "a,b",
        "TimeAdvanced,noderestarted",
        "NodePowerChanged",
    ]
) | st.text(alphabet=st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=30).filter(str.strip)

schemathesis.openapi.format("lab", LABS)
schemathesis.openapi.format("moment", TIMES | POSITIONS)
schemathesis.openapi.format("time", TIMES)
schemathesis.openapi.format("pace", st.sampled_from(["1x", "0.5x"]))
schemathesis.openapi.format("line", LINES)


# Every other command is one that no lab which runs can carry out: what is refused is answered, too.
REFUSED = iter(range(1_000_000))


@schemathesis.hook
def map_body(context, body):
    if context.operation.path.endswith("/commands") and isinstance(body, dict) and "command" in body and next(REFUSED) % 2 == 0:
        return {**body, "command": "power-on b"}
    return body


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Commands go to labs that are there: what others are told, all other operations show."""
    if context.operation.path.endswith("/commands") and isinstance(path_parameters, dict):
        return {**path_parameters, "lab": "other"}
    return path_parameters


@schemathesis.hook
def map_query(context, query):
    """A request that waits for a minute takes a minute."""
    if isinstance(query, dict) and isinstance(query.get("wait"), (int, float)):
        query["wait"] = min(query["wait"], 1)
    return query
