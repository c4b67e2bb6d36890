"""An agent that answers a question a line. It knows OpenTelemetry's API only: where its spans go, the environment says."""

import json
import logging
import sys

from opentelemetry import metrics, trace
from opentelemetry.trace import SpanKind, Status, StatusCode

tracer = trace.get_tracer("weather-agent")
tokens = metrics.get_meter("weather-agent").create_histogram("gen_ai.client.token.usage", "{token}")
log = logging.getLogger("weather-agent")
weather = {"Lisbon": "sunny", "Oslo": "snow"}


def main():
    for number, line in enumerate(sys.stdin, start=1):
        print(answer(number, line.strip()), flush=True)


def answer(number, city):
    run = {"workflow_id": f"question-{number}", "user_id": "ada", "query": city}
    with tracer.start_as_current_span("question", attributes=run) as span:
        with tracer.start_as_current_span(
            "invoke_agent forecaster",
            attributes={"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "forecaster"},
        ):
            ask_model(input_tokens=100 * number, output_tokens=number, cached_tokens=0)
            forecast = look_up(city)
            ask_model(input_tokens=200 * number, output_tokens=2 * number, cached_tokens=10 * number)
        span.set_attribute("final_answer", forecast)
        return forecast


def ask_model(input_tokens, output_tokens, cached_tokens):
    call = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
    }
    with tracer.start_as_current_span("chat gpt-4o-mini", kind=SpanKind.CLIENT, attributes=call) as span:
        span.set_attribute("gen_ai.usage.input_tokens", input_tokens)
        span.set_attribute("gen_ai.usage.output_tokens", output_tokens)
        span.set_attribute("gen_ai.usage.cache_read.input_tokens", cached_tokens)
    tokens.record(input_tokens, {"gen_ai.token.type": "input"})


def look_up(city):
    tool = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "weather",
        "gen_ai.tool.call.arguments": json.dumps({"city": city}),
    }
    with tracer.start_as_current_span("execute_tool weather", attributes=tool) as span:
        if city in weather:
            span.set_attribute("gen_ai.tool.call.result", weather[city])
            return weather[city]
        log.warning("the tool failed")
        span.set_status(Status(StatusCode.ERROR, "no such city"))
        return "unknown"


main()
